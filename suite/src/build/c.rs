//! Compiles C sources with the compiler that `cc` finds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::store::{self, Cache, Key};
use crate::embedded;
use crate::model::{Build, Interpreter};

/// One shared object to make.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) output: PathBuf,
    compiler: Compiler,
    arguments: Vec<String>,
}

/// The compiler and what tells it from another.
#[derive(Debug, Clone)]
pub(super) struct Compiler {
    program: PathBuf,
    flags: Vec<String>,
    identity: String,
}

/// What every C source must compile with; the fixtures are examples, so they are held to it.
const FLAGS: &[&str] =
    &["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-fPIC", "-fvisibility=hidden", "-pthread"];

impl Compiler {
    /// The compiler named by `CC`, else the system's. Asked once: it takes as long as a dozen pairings.
    pub(super) fn find() -> Result<Compiler, String> {
        static FOUND: OnceLock<Result<Compiler, String>> = OnceLock::new();
        FOUND.get_or_init(Compiler::look).clone()
    }

    fn look() -> Result<Compiler, String> {
        let missing = |why: &str| {
            format!(
                "no C compiler: {why}; install one (on Debian: apt-get install gcc) or name one with the CC variable"
            )
        };
        let tool = cc::Build::new()
            .cargo_metadata(false)
            .cargo_warnings(false)
            .opt_level(1)
            .host(env!("TARGET_TRIPLE"))
            .target(env!("TARGET_TRIPLE"))
            .no_default_flags(true)
            .try_get_compiler()
            .map_err(|error| missing(&error.to_string()))?;
        let version = Command::new(tool.path())
            .arg("--version")
            .output()
            .map_err(|error| missing(&format!("{}: {error}", tool.path().display())))?;
        let flags = tool.args().iter().map(|flag| flag.to_string_lossy().into_owned()).collect();
        let identity = format!("{}\n{}", tool.path().display(), String::from_utf8_lossy(&version.stdout));
        Ok(Compiler { program: tool.path().to_owned(), flags, identity })
    }

    /// What it says of itself.
    pub(super) fn first_line(&self) -> String {
        self.identity.lines().nth(1).unwrap_or_default().to_owned()
    }

    /// The probe: every C file of its folder in one module.
    pub(super) fn probe(&self, source: &Path, interpreter: &Interpreter, cache: &Cache) -> Job {
        let files: Vec<&str> =
            embedded::below("suite/probe").map(|(path, _)| *path).filter(|path| path.ends_with(".c")).collect();
        self.job("capsule_probe", &files, &["suite/probe"], &[], source, interpreter, cache)
    }

    /// One build of a fixture.
    pub(super) fn fixture(
        &self,
        source: &Path,
        file: &str,
        stem: &str,
        build: Build,
        interpreter: &Interpreter,
        cache: &Cache,
    ) -> Job {
        let kind = match build {
            Build::CSinglePhase => "-DFIXTURE_SINGLE_PHASE".to_owned(),
            Build::CAbi3 => {
                let minor = interpreter.numbers.get(1).copied().unwrap_or_default();
                format!("-DPy_LIMITED_API=0x03{minor:02x}0000")
            }
            _ => "-DFIXTURE_MULTI_PHASE".to_owned(),
        };
        let defines = [format!("-DFIXTURE_MODULE={stem}"), kind];
        self.job(stem, &[file], &["c_fixtures/include", "suite/probe"], &defines, source, interpreter, cache)
    }

    #[expect(clippy::too_many_arguments, reason = "two callers, and each argument is one part of the key")]
    fn job(
        &self,
        module: &str,
        files: &[&str],
        includes: &[&str],
        defines: &[String],
        source: &Path,
        interpreter: &Interpreter,
        cache: &Cache,
    ) -> Job {
        let inputs = embedded::FILES
            .iter()
            .filter(|(path, _)| files.contains(path) || includes.iter().any(|folder| path.starts_with(folder)));
        let mut parts: Vec<&[u8]> = vec![self.identity.as_bytes(), interpreter.identity.as_bytes(), module.as_bytes()];
        parts.extend(FLAGS.iter().map(|flag| flag.as_bytes()));
        parts.extend(self.flags.iter().map(String::as_bytes));
        parts.extend(defines.iter().map(String::as_bytes));
        for (path, bytes) in inputs {
            parts.extend([path.as_bytes(), *bytes]);
        }
        let suffix =
            if defines.iter().any(|it| it.starts_with("-DPy_LIMITED_API")) { ".abi3.so" } else { &interpreter.suffix };
        let output = cache.artifact(&Key::of(parts), &format!("{module}{suffix}"));
        let mut arguments: Vec<String> = self.flags.clone();
        arguments.extend(FLAGS.iter().map(ToString::to_string));
        arguments.extend(shared_flags().iter().map(ToString::to_string));
        arguments.extend(defines.iter().cloned());
        arguments.extend(includes.iter().map(|folder| format!("-I{}", source.join(folder).display())));
        // The interpreter's own headers are not held to our warnings.
        for folder in &interpreter.includes {
            arguments.extend(["-isystem".to_owned(), folder.display().to_string()]);
        }
        arguments.extend(files.iter().map(|file| source.join(file).display().to_string()));
        Job { output, compiler: self.clone(), arguments }
    }
}

fn shared_flags() -> &'static [&'static str] {
    if cfg!(target_os = "macos") { &["-bundle", "-undefined", "dynamic_lookup"] } else { &["-shared"] }
}

/// Compiles and links one module.
pub(super) fn compile(job: &Job, cache: &Cache) -> Result<PathBuf, String> {
    let scratch =
        tempfile::Builder::new().prefix("build-").tempdir_in(&cache.root).map_err(|error| error.to_string())?;
    let made = scratch.path().join("module.so");
    let output = Command::new(&job.compiler.program)
        .args(&job.arguments)
        .arg("-o")
        .arg(&made)
        .current_dir(scratch.path())
        .output()
        .map_err(|error| format!("{}: {error}", job.compiler.program.display()))?;
    if !output.status.success() {
        return Err(format!("{} failed:\n{}", job.compiler.program.display(), String::from_utf8_lossy(&output.stderr)));
    }
    store::publish(&made, &job.output).map_err(|error| error.to_string())?;
    drop(fs::remove_file(&made));
    Ok(job.output.clone())
}
