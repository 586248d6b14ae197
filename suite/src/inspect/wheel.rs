//! Looks into a wheel, and installs it where only this run finds it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use crate::host;
use crate::model::Interpreter;

/// A wheel that is of no use.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    /// The file is none, or has nothing to check.
    #[error("{}: {message}", file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// Why, and what to do.
        message: String,
    },
    /// This interpreter cannot have it.
    #[error("{0}")]
    Unusable(String),
}

/// What the worker's `wheel.py` prints.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Printed {
    modules: Vec<String>,
    program: Option<PathBuf>,
    refused: Option<String>,
    message: String,
}

/// The import names of its extension modules.
///
/// # Errors
///
/// The file is no wheel, or has no extension module.
pub fn modules(
    file: &Path,
    interpreter: &Interpreter,
    worker: &Path,
    scratch: &Path,
) -> Result<Vec<String>, WheelError> {
    let printed = ask("list", file, None, interpreter, worker, scratch)?;
    if printed.modules.is_empty() {
        let message = "has no extension module; --target names a module to check in its environment".to_owned();
        return Err(WheelError::Wrong { file: file.to_owned(), message });
    }
    Ok(printed.modules)
}

/// Installs it, and what it depends on, into the environment in `folder`, unless that is there; the environment's interpreter.
///
/// # Errors
///
/// The file is no wheel, or not one for this interpreter; no environment can be made.
pub fn install(
    file: &Path,
    folder: &Path,
    interpreter: &Interpreter,
    worker: &Path,
    scratch: &Path,
) -> Result<PathBuf, WheelError> {
    let printed = ask("install", file, Some(folder), interpreter, worker, scratch)?;
    printed.program.ok_or_else(|| WheelError::Unusable("the environment has no interpreter".to_owned()))
}

fn ask(
    what: &str,
    file: &Path,
    folder: Option<&Path>,
    interpreter: &Interpreter,
    worker: &Path,
    scratch: &Path,
) -> Result<Printed, WheelError> {
    // The worker starts in a private folder, and the user meant a file of theirs.
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let output = host::clean_command(&interpreter.program, scratch)
        .arg(worker.join("wheel.py"))
        .args([what.as_ref(), path.as_os_str()])
        .args(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| WheelError::Unusable(format!("{} does not start: {error}", interpreter.id)))?;
    let printed: Printed = serde_json::from_slice(&output.stdout).map_err(|_| {
        let text = String::from_utf8_lossy(&output.stderr);
        WheelError::Unusable(text.lines().last().unwrap_or("no message").to_owned())
    })?;
    let said = &printed.message;
    match printed.refused.as_deref() {
        None => Ok(printed),
        Some("not_a_wheel") => {
            let message = format!("is not a wheel: {said}; name a .whl file");
            Err(WheelError::Wrong { file: file.to_owned(), message })
        }
        Some("environment") => {
            let help = "install the `venv` and `ensurepip` modules (on Debian: apt install python3-venv)";
            Err(WheelError::Unusable(format!("no environment can be made: {said}; {help}")))
        }
        Some(_) => {
            let help = "name an interpreter that the wheel is made for with --python, or see to its dependencies";
            Err(WheelError::Unusable(format!("pip does not install the wheel: {said}; {help}")))
        }
    }
}
