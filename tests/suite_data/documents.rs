//! The documents say what is there, and nothing that is not.

use std::collections::BTreeSet;
use std::process::Command;

use crate::files;

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance")).args(arguments).arg("--help").output();
    String::from_utf8(output.expect("the program starts").stdout).expect("help is UTF-8")
}

/// The subcommands that `--help` lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list of commands");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|it| *it != "help").map(str::to_owned).collect()
}

/// The long options that a help text lists.
fn options(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',']));
    let long = words.filter(|word| word.starts_with("--"));
    long.map(|word| word.trim_end_matches("...")).filter(|it| !["--help", "--version"].contains(it)).collect()
}

#[test]
fn the_readme_mentions_every_option_and_command() {
    let readme = files::checkout("README.md");
    let main = help(&[]);
    let commands = commands(&main);
    assert!(commands.len() > 3 && options(&main).len() > 10, "the help text is not read as it should be");
    for option in options(&main) {
        assert!(readme.contains(&format!("`{option}")), "README.md does not mention {option}");
    }
    for command in &commands {
        assert!(readme.contains(&format!("capsule-conformance {command}")), "README.md does not mention {command}");
        for option in options(&help(&[command])) {
            assert!(readme.contains(option), "README.md does not mention {option} of {command}");
        }
    }
}

#[test]
fn the_readme_promises_no_option_that_is_not_there() {
    let mut known: BTreeSet<String> = options(&help(&[])).into_iter().map(str::to_owned).collect();
    for command in commands(&help(&[])) {
        known.extend(options(&help(&[&command])).into_iter().map(str::to_owned));
    }
    let readme = files::checkout("README.md");
    let table = readme.lines().filter(|line| line.starts_with("| `--"));
    for word in table.flat_map(|line| line.split([' ', '`', ',', '|'])).filter(|word| word.starts_with("--")) {
        assert!(known.contains(word), "README.md promises {word}");
    }
}

#[test]
fn every_example_of_a_manifest_loads() {
    let text = files::checkout("docs/manifest.md");
    let examples = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let folder = tempfile::tempdir().expect("a private folder");
    let file = folder.path().join("capsule-conformance.toml");
    let mut count = 0;
    for example in examples {
        std::fs::write(&file, example).expect("a private folder can be written");
        if let Err(error) = capsule_conformance::manifest::load(Some(&file), folder.path()) {
            panic!("{error}\n{example}");
        }
        count += 1;
    }
    assert_eq!(count, 4, "docs/manifest.md is not read as it should be");
}

#[test]
fn the_readme_is_short() {
    let lines = files::checkout("README.md").lines().count();
    assert!(lines < 200, "README.md has {lines} lines; say the rest in docs/");
}

#[test]
fn links_within_the_project_lead_somewhere() {
    let documents = ["README.md", "CHANGELOG.md", "docs/architecture.md"];
    for document in documents {
        let text = files::checkout(document);
        let folder = files::root().join(document).parent().expect("a folder").to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let outside = link.starts_with("https://") || file.is_empty();
            assert!(outside || folder.join(file).exists(), "{document}: the link to {link} leads nowhere");
        }
    }
}

#[test]
fn the_architecture_names_modules_and_files_that_exist() {
    let text = files::checkout("docs/architecture.md");
    let source = files::root().join("suite/src");
    let exists = |word: &str| {
        word == "main.rs" || source.join(format!("{word}.rs")).exists() || source.join(word).join("mod.rs").exists()
    };
    let diagram = text.split("```text").nth(1).and_then(|it| it.split("```").next()).expect("the diagram of the line");
    let steps = diagram.lines().filter_map(|line| line.strip_prefix(['│', ' ', '▼']).map(|_| line));
    let steps: Vec<&str> = steps.filter_map(|line| line.split(['│', '▼', ' ']).find(|word| !word.is_empty())).collect();
    assert!(steps.len() > 6, "{steps:?}");
    for step in steps {
        assert!(exists(step), "docs/architecture.md draws `{step}`, which is no module");
    }
    for paragraph in text.split("\n\n").filter(|it| it.contains("A step imports") || it.contains("start processes")) {
        for word in paragraph.split('`').skip(1).step_by(2) {
            assert!(exists(word), "docs/architecture.md names `{word}`, which is no module");
        }
    }
    for path in text.split('`').skip(1).step_by(2).filter(|it| it.starts_with("suite/") || it.ends_with("_fixtures")) {
        assert!(files::root().join(path).exists(), "docs/architecture.md names {path}, which is not there");
    }
}
