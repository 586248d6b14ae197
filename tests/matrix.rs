//! `kill-matrix` from outside: which case finds which defect.

mod support;

use std::process::Command;

fn kill_matrix(defects: &[&str]) -> (Option<i32>, String, String) {
    let options = defects.iter().flat_map(|defect| ["--defect", defect]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"));
    command.arg("kill-matrix").args(options).arg("--cache").arg(support::cache_folder()).env_remove("VIRTUAL_ENV");
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_chosen_defects_are_found_by_their_own_cases() {
    let (code, said, complaint) = kill_matrix(&["drops_the_caus?"]);
    assert_eq!(code, Some(0), "{said}{complaint}");
    insta::assert_snapshot!(said);
}

#[test]
fn a_defect_that_does_not_exist_is_answered_with_the_nearest() {
    let (code, said, complaint) = kill_matrix(&["drops_the_cuase"]);
    assert_eq!((code, said.as_str()), (Some(2), ""));
    insta::assert_snapshot!(complaint);
}
