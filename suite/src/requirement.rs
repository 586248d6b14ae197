//! Decides whether an interpreter is one of those meant by `cpython>=3.12`.

use crate::model::Interpreter;

/// `family` with version bounds; also `debug`, `free_threaded` and their negations with `!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    family: String,
    bounds: Vec<(Bound, Vec<u32>)>,
    traits: Vec<(bool, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtLeast,
    Below,
    Exactly,
}

/// Reads `cpython`, `cpython>=3.9,<3.12`, `cpython>=3.13,!free_threaded`, `*,debug`.
///
/// # Errors
///
/// A sentence that says which part is not understood.
pub fn parse(text: &str) -> Result<Requirement, String> {
    let split = text.find(['<', '>', '=', ',']).unwrap_or(text.len());
    let (family, rest) = text.split_at(split);
    let mut requirement = Requirement { family: family.trim().to_lowercase(), bounds: Vec::new(), traits: Vec::new() };
    if requirement.family.is_empty() {
        return Err(format!("`{text}` names no interpreter; write it like `cpython>=3.9`"));
    }
    for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let bound = [(">=", Bound::AtLeast), ("<", Bound::Below), ("==", Bound::Exactly)]
            .into_iter()
            .find_map(|(sign, bound)| part.strip_prefix(sign).map(|version| (bound, version)));
        if let Some((bound, version)) = bound {
            let numbers: Result<Vec<u32>, _> = version.trim().split('.').map(str::parse).collect();
            let numbers = numbers.map_err(|_| format!("`{version}` in `{text}` is not a version"))?;
            requirement.bounds.push((bound, numbers));
        } else {
            let (wanted, name) = part.strip_prefix('!').map_or((true, part), |name| (false, name));
            if !["debug", "free_threaded"].contains(&name) {
                return Err(format!(
                    "`{part}` in `{text}` is not understood; use >=, < or ==, `debug` or `free_threaded`"
                ));
            }
            requirement.traits.push((wanted, name.to_owned()));
        }
    }
    Ok(requirement)
}

/// True if the interpreter is meant; a requirement that cannot be read means none (the catalogue refuses those).
pub fn meets(text: &str, interpreter: &Interpreter) -> bool {
    parse(text).is_ok_and(|requirement| requirement.meets(interpreter))
}

impl Requirement {
    fn meets(&self, interpreter: &Interpreter) -> bool {
        let family = self.family == "*" || self.family == interpreter.implementation.to_lowercase();
        let bounds = self.bounds.iter().all(|(bound, wanted)| {
            let have = &interpreter.numbers;
            match bound {
                Bound::AtLeast => have >= wanted,
                Bound::Below => have < wanted,
                Bound::Exactly => have.starts_with(wanted),
            }
        });
        let traits = self.traits.iter().all(|(wanted, name)| {
            let has = if name == "debug" { interpreter.debug } else { interpreter.free_threaded };
            has == *wanted
        });
        family && bounds && traits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter(version: &str) -> Interpreter {
        Interpreter {
            id: String::new(),
            asked: None,
            program: "python".into(),
            implementation: "CPython".to_owned(),
            version: version.to_owned(),
            numbers: version.split('.').map(|part| part.parse().expect("a number")).collect(),
            debug: false,
            free_threaded: false,
            loads_abi3: true,
            includes: Vec::new(),
            suffix: ".so".to_owned(),
            identity: String::new(),
        }
    }

    #[test]
    fn bounds_compare_numbers_not_text() {
        assert!(meets("cpython>=3.9", &interpreter("3.10.13")));
        assert!(!meets("cpython<3.9", &interpreter("3.10.13")));
        assert!(meets("cpython>=3.9,<3.11", &interpreter("3.10.13")));
        assert!(meets("cpython==3.12", &interpreter("3.12.1")));
        assert!(!meets("pypy", &interpreter("3.12.1")));
        assert!(meets("*", &interpreter("3.12.1")));
        assert!(!meets("cpython,debug", &interpreter("3.12.1")));
        assert!(meets("cpython>=3.12,!free_threaded", &interpreter("3.12.1")));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(parse("cpython>3.9").is_err());
        assert!(parse(">=3.9").is_err());
        assert!(parse("cpython>=3.x").is_err());
    }
}
