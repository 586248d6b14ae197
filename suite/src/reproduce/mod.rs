//! Says a finding of a target in a few lines of Python that need nothing of ours; pure.

mod calls;
mod faults;
mod outcomes;
mod python;
mod script;
mod steps;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::embedded::hex;
use crate::model::{CaseResult, Event, Pairing, Plan, Verdict};

use self::script::Script;

/// A folder with what shows one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reproducer {
    /// The pairing's id, as a file may be called.
    pub folder: String,
    /// Its one file.
    pub file: &'static str,
    /// What is in it.
    pub text: String,
}

/// What runs alone.
pub const PROGRAM: &str = "reproduce.py";
/// What stands in its place where nothing can.
pub const EXCUSE: &str = "README.md";

/// How long a folder's name may be, in letters.
const LONGEST: usize = 150;

/// One for each finding of a target. `events` are those that its last run left, by the pairing's place in the plan.
pub fn all<'a>(plan: &Plan, results: &[CaseResult], events: impl Fn(usize) -> Option<&'a [Event]>) -> Vec<Reproducer> {
    let mut taken = BTreeSet::new();
    let mut reproducers = Vec::new();
    for result in results.iter().filter(|it| it.verdict == Verdict::Fail) {
        let place = plan.pairings.iter().position(|it| it.id == result.id && it.target.is_some());
        let Some((place, pairing)) = place.map(|it| (it, &plan.pairings[it])) else { continue };
        let mut reproducer = of(pairing, result, events(place).unwrap_or_default());
        if !taken.insert(reproducer.folder.clone()) {
            reproducer.folder = format!("{}-{}", reproducer.folder, digest(&pairing.id));
        }
        reproducers.push(reproducer);
    }
    reproducers
}

fn of(pairing: &Pairing, result: &CaseResult, events: &[Event]) -> Reproducer {
    let folder = slug(&pairing.id);
    match program(pairing, result, events) {
        Ok(text) => Reproducer { folder, file: PROGRAM, text },
        Err(reason) => Reproducer { folder, file: EXCUSE, text: excuse(pairing, result, &reason) },
    }
}

/// The program, or why there cannot be one.
fn program(pairing: &Pairing, result: &CaseResult, events: &[Event]) -> Result<String, String> {
    let observed = result.observed.as_deref().unwrap_or_default();
    let mut script = Script::new(pairing);
    outcomes::begin(&mut script, pairing, observed)?;
    for (key, value) in &pairing.script.env {
        script.import("os");
        script.line(&format!("os.environ[{}] = {}", python::text(key), python::text(value)));
    }
    for module in &pairing.script.preload {
        script.line(&format!("import {module}"));
    }
    for step in &pairing.script.steps {
        steps::write(&mut script, pairing, step, events)?;
    }
    outcomes::finish(&mut script, pairing);
    Ok(script.text(&header(pairing, result)))
}

fn header(pairing: &Pairing, result: &CaseResult) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |text: &Option<String>| one_line(text.as_deref().unwrap_or_default());
    let row = pairing.row.as_ref().map(|row| format!("[{row}]")).unwrap_or_default();
    let flags: String = pairing.script.flags.iter().map(|flag| format!("{flag} ")).collect();
    let lines = [
        format!("{}{row}, about {} on {}", pairing.case, one_line(&pairing.subject), pairing.interpreter_id),
        String::new(),
        format!("expected  {}", said(&result.expected)),
        format!("seen      {}", said(&result.observed)),
        format!("why       {}", one_line(&pairing.why)),
        String::new(),
        format!("run       python {flags}{PROGRAM} [FOLDER...]   each FOLDER goes first on sys.path"),
        "exit      0 and `not shown` if all is well; 1 and `shown` if it is not; a signal or a silent end is the finding"
            .to_owned(),
    ];
    lines.map(|line| format!("# {line}").trim_end().to_owned() + "\n").concat()
}

fn excuse(pairing: &Pairing, result: &CaseResult, reason: &str) -> String {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    format!(
        "No stand-alone reproducer: {reason}.\n\n    {}\n    expected  {}\n    seen      {}\n    why       {}\n\n\
         Run this one pairing again with\n\n    {}\n",
        pairing.id,
        said(&result.expected).replace('\n', " "),
        said(&result.observed).replace('\n', " "),
        pairing.why,
        result.rerun
    )
}

fn slug(id: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._@-".contains(letter) { letter } else { ' ' };
    let words: String = id.chars().map(plain).collect();
    let slug = words.split_whitespace().collect::<Vec<_>>().join("-");
    if slug.len() <= LONGEST { slug } else { format!("{}-{}", &slug[..LONGEST], digest(id)) }
}

fn digest(id: &str) -> String {
    hex(&Sha256::digest(id.as_bytes()))[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_can_be_called_so() {
        assert_eq!(slug("a::b[row]/-/m/cpython-3.12.1/m/m.f('x')"), "a-b-row---m-cpython-3.12.1-m-m.f-x");
        let long = slug(&format!("a::b/{}", "(x)".repeat(200)));
        assert!(long.len() < 200 && long.ends_with(&digest(&format!("a::b/{}", "(x)".repeat(200)))));
    }
}
