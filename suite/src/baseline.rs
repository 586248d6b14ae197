//! Records what a target hands out, and reads such a record again: what a later release must still hand out.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::model::{Capsule, Facts, Looked, Table, Target};

/// The version of the format.
pub const SCHEMA: &str = "capsule-conformance/baseline/1";

/// What some release of one or more targets handed out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: String,
    targets: Vec<Recorded>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    module: String,
    version: Option<String>,
    capsules: Vec<Kept>,
}

/// A capsule kept under a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    path: String,
    aliases: Vec<String>,
    name: Option<Name>,
    convention: String,
    how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Table>,
}

/// Text where it is some.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Bytes { hex: String },
}

/// A baseline that cannot be made, or not be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read or written.
    #[error("cannot {what} the baseline {}: {source}; check the file", path.display())]
    File {
        /// `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no baseline: {reason}; make one with `capsule-conformance baseline --target MODULE --write FILE`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is about somebody else.
    #[error("{} is about {}, not about {module}; make another with `baseline --target {module} --write FILE`", path.display(), about.join(", "))]
    OtherTarget {
        /// The file.
        path: PathBuf,
        /// The modules in it.
        about: Vec<String>,
        /// The target.
        module: String,
    },
    /// Without a target there is nothing to compare.
    #[error("--baseline needs a --target to compare with it")]
    NoTarget,
}

impl Baseline {
    /// What was found under the first interpreter; capsules that a call returns are no promise of a place.
    pub fn of(facts: &Facts, targets: &[Target]) -> Baseline {
        let first = facts.interpreters.first().map(|it| it.id.as_str());
        let looked = facts.targets.iter().filter(|it| Some(it.interpreter.as_str()) == first);
        let recorded = looked.filter(|it| it.looked == Looked::Whole).map(|seen| {
            let target = targets.iter().find(|it| it.module.as_ref() == Some(&seen.module));
            let kept = seen.produces.iter().filter(|it| it.how != "factory");
            Recorded {
                module: seen.module.clone(),
                version: seen.version.clone(),
                capsules: kept.map(|capsule| Kept::of(capsule, target)).collect(),
            }
        });
        let mut targets: Vec<Recorded> = recorded.collect();
        targets.sort_by(|a, b| a.module.cmp(&b.module));
        Baseline { schema: SCHEMA.to_owned(), targets }
    }

    /// How many capsules are in it.
    pub fn len(&self) -> usize {
        self.targets.iter().map(|it| it.capsules.len()).sum()
    }

    /// True if no capsule is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes it: the same facts give the same bytes.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let mut text = serde_json::to_string_pretty(self).expect("plain data");
        text.push('\n');
        let failed = |source| BaselineError::File { what: "write", path: path.to_owned(), source };
        fs::write(path, text).map_err(failed)
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no baseline of this format.
    pub fn read(path: &Path) -> Result<Baseline, BaselineError> {
        let failed = |source| BaselineError::File { what: "read", path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(failed)?;
        let malformed = |reason: String| BaselineError::Malformed { path: path.to_owned(), reason };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SCHEMA) => serde_json::from_value(value).map_err(|error| malformed(error.to_string())),
            Some(other) => Err(malformed(format!("its format is `{other}`, not `{SCHEMA}`"))),
            None => Err(malformed("it has no `schema`".to_owned())),
        }
    }

    /// Gives each target what it has to hand out still.
    ///
    /// # Errors
    ///
    /// There is no target, or one that this is not about.
    pub fn hold(&self, path: &Path, targets: &mut [Target]) -> Result<(), BaselineError> {
        if targets.is_empty() {
            return Err(BaselineError::NoTarget);
        }
        for target in targets {
            let module = target.module.clone().unwrap_or_default();
            let Some(recorded) = self.targets.iter().find(|it| it.module == module) else {
                let about = self.targets.iter().map(|it| it.module.clone()).collect();
                return Err(BaselineError::OtherTarget { path: path.to_owned(), about, module });
            };
            target.baseline = recorded.capsules.iter().map(|kept| (kept.capsule(), kept.table.clone())).collect();
        }
        Ok(())
    }
}

impl Kept {
    fn of(capsule: &Capsule, target: Option<&Target>) -> Kept {
        let declared = capsule.entry.zip(target).and_then(|(entry, target)| target.produces.get(entry));
        let name = |bytes: &Vec<u8>| match String::from_utf8(bytes.clone()) {
            Ok(text) => Name::Text(text),
            Err(_) => Name::Bytes { hex: crate::embedded::hex(bytes) },
        };
        Kept {
            path: capsule.path.clone(),
            aliases: capsule.aliases.clone(),
            name: capsule.name.as_ref().map(name),
            convention: capsule.convention.clone(),
            how: capsule.how.clone(),
            table: declared.and_then(|it| it.table.clone()),
        }
    }

    fn capsule(&self) -> Capsule {
        let name = self.name.as_ref().map(|name| match name {
            Name::Text(text) => text.clone().into_bytes(),
            Name::Bytes { hex } => crate::embedded::unhex(hex),
        });
        Capsule {
            path: self.path.clone(),
            aliases: self.aliases.clone(),
            name,
            convention: self.convention.clone(),
            how: self.how.clone(),
            destructor: false,
            context: false,
            name_in: None,
            payload_in: None,
            agreed: None,
            entry: None,
        }
    }
}
