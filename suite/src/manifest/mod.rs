//! Reads what the user says of a target: `capsule-conformance.toml`, or its table in `pyproject.toml`.

mod check;

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

pub(crate) use self::check::check;
pub use self::check::check_words;
use crate::diagnose::{self, Mistake};
use crate::model::{Consumes, Difference, Manifest, Produces, ReadyManifest, Target};

/// The manifest's default file in the current folder.
pub const DEFAULT_FILE: &str = "capsule-conformance.toml";

/// The manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}; check the file, or name another with --config", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder has no manifest of a participant.
    #[error("cannot read {}: {source}; a participant is a folder with this file, see docs/participant.md", path.display())]
    NoParticipant {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Mistake>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneTarget {
    #[serde(default)]
    target: Target,
    #[serde(default)]
    produces: Vec<Produces>,
    #[serde(default)]
    consumes: Vec<Consumes>,
    #[serde(default)]
    known: Vec<Difference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManyTargets {
    target: Vec<Target>,
    #[serde(default)]
    known: Vec<Difference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadyFile {
    /// The top-level packages; the file's stem if it says none.
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    produces: Vec<Produces>,
    #[serde(default)]
    consumes: Vec<Consumes>,
}

/// Reads a manifest of the suite itself: what the package of that name, or the `packages` that it lists, make and take.
/// It names no module, since that is what the user says, and accepts no deviations.
///
/// # Errors
///
/// Every mistake in it.
pub fn ready(path: &str, text: &str) -> Result<ReadyManifest, Vec<Mistake>> {
    let mut file: ReadyFile =
        toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])?;
    file.target.produces.append(&mut file.produces);
    file.target.consumes.append(&mut file.consumes);
    file.target.ready = true;
    let mut mistakes = check(path, text, std::slice::from_ref(&file.target), &[]);
    if file.target.module.is_some() {
        mistakes.push(diagnose::mistake_at(path, text, "module", "`module` is what the user says with --target"));
    }
    let stem = || Path::new(path).file_stem().map(|it| it.to_string_lossy().into_owned());
    if file.packages.is_empty() {
        file.packages.extend(stem());
    }
    if mistakes.is_empty() {
        Ok(ReadyManifest { path: path.to_owned(), packages: file.packages, target: file.target })
    } else {
        Err(mistakes)
    }
}

/// Finds and reads the manifest; `config` is what `--config` says. None of the default files is no error.
///
/// # Errors
///
/// A file that was named and cannot be read, and every mistake in one that was found.
pub fn load(config: Option<&Path>, folder: &Path) -> Result<Option<Manifest>, ManifestError> {
    if let Some(path) = config {
        let text = fs::read_to_string(path).map_err(|source| ManifestError::Read { path: path.to_owned(), source })?;
        let is_pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
        let found = if is_pyproject { parse_pyproject(path, &text)? } else { Some(parse(path, &text)?) };
        return match found {
            Some(manifest) => Ok(Some(manifest)),
            None => Err(ManifestError::Invalid(vec![Mistake {
                path: path.display().to_string(),
                line: None,
                message: "has no [tool.capsule-conformance] table; add one or name another file".to_owned(),
            }])),
        };
    }
    if let Some(text) = read_if_there(folder, DEFAULT_FILE)? {
        return parse(Path::new(DEFAULT_FILE), &text).map(Some);
    }
    match read_if_there(folder, "pyproject.toml")? {
        Some(text) => parse_pyproject(Path::new("pyproject.toml"), &text),
        None => Ok(None),
    }
}

fn read_if_there(folder: &Path, file: &str) -> Result<Option<String>, ManifestError> {
    match fs::read_to_string(folder.join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ManifestError::Read { path: PathBuf::from(file), source }),
    }
}

/// What a command line is about.
#[derive(Debug, Default)]
pub struct Meant {
    /// The modules under test, with what the manifest says of them.
    pub targets: Vec<Target>,
    /// The manifest, if it is used.
    pub manifest: Option<Manifest>,
    /// The modules of which the user says nothing.
    pub unspoken: Vec<String>,
    /// What the user should know of manifests that are not used, or that are without being asked for.
    pub notices: Vec<String>,
}

impl Meant {
    /// Lets the suite's own manifests speak of what the user says nothing of. Of several modules of one package each gets
    /// what is about it.
    pub fn fall_back(&mut self, ready: &[ReadyManifest]) {
        for manifest in ready {
            let is_left = |target: &&mut Target| {
                let module = target.module.as_ref().filter(|module| self.unspoken.contains(module));
                module.is_some_and(|module| manifest.packages.iter().any(|package| package == top_level(module)))
            };
            let mut targets: Vec<&mut Target> = self.targets.iter_mut().filter(is_left).collect();
            let modules: Vec<String> = targets.iter().filter_map(|target| target.module.clone()).collect();
            for (index, target) in targets.iter_mut().enumerate() {
                **target = share(&manifest.target, index, &modules);
                let file = manifest.path.rsplit('/').next().unwrap_or_default();
                let top = top_level(&modules[index]);
                let notice = format!("the suite's own {file} speaks of {top}; say --config FILE to use yours");
                if !self.notices.contains(&notice) {
                    self.notices.push(notice);
                }
            }
        }
    }
}

/// What a manifest of a package says of one of the modules that were named.
fn share(said: &Target, index: usize, modules: &[String]) -> Target {
    let is_its = |texts: &[&Option<String>]| spoken_of(texts, modules) == Some(index);
    let mut target = Target { module: modules.get(index).cloned(), ..said.clone() };
    target.produces.retain(|it| is_its(&[&it.attribute, &it.factory]));
    // Where a capsule comes from says nothing of who takes it.
    target.consumes.retain(|it| is_its(&[&it.trigger, &it.call]));
    target.exercise = target.exercise.filter(|it| is_its(&[&Some(it.clone())]));
    target
}

/// Which of the modules these texts are about: the innermost that they name, else the one nearest to the top.
fn spoken_of(texts: &[&Option<String>], modules: &[String]) -> Option<usize> {
    let named = |module: &str| texts.iter().filter_map(|it| it.as_deref()).any(|text| names(text, module));
    let depth = |index: &usize| modules[*index].split('.').count();
    let innermost = (0..modules.len()).rev().filter(|index| named(&modules[*index])).max_by_key(depth);
    innermost.or_else(|| (0..modules.len()).min_by_key(depth))
}

/// Whether a text has this dotted name in it, as a name of its own or as the beginning of one.
fn names(text: &str, module: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(module).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + module.len()..].chars().next();
        before.is_none_or(|it| !is_word(it) && it != '.') && after.is_none_or(|it| !is_word(it))
    })
}

fn top_level(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// The targets named by `--target`, or else by the manifest that `--config` names; without both, none.
///
/// # Errors
///
/// As for [`load`], and a manifest that was named and says nothing of the targets.
pub fn meant(config: Option<&Path>, named: &[String], folder: &Path) -> Result<Meant, ManifestError> {
    // A bare run is about the interpreter: a manifest that happens to lie around is not meant.
    if named.is_empty() && config.is_none() {
        return Ok(Meant::default());
    }
    let Some(manifest) = load(config, folder)? else {
        let targets = named.iter().map(|module| bare(module)).collect();
        return Ok(Meant { targets, unspoken: named.to_vec(), ..Meant::default() });
    };
    let file = manifest.file.clone().unwrap_or_default().display().to_string();
    let refuse = |message: &str| {
        Err(ManifestError::Invalid(vec![Mistake { path: file.clone(), line: None, message: message.to_owned() }]))
    };
    if named.is_empty() {
        if manifest.targets.iter().any(|target| target.module.is_none()) {
            return refuse("names no `module`; add one or say --target");
        }
        return Ok(Meant { targets: manifest.targets.clone(), manifest: Some(manifest), ..Meant::default() });
    }
    let entry =
        |module: &String| manifest.targets.iter().find(|it| it.module.as_ref().is_none_or(|meant| meant == module));
    let targets = named.iter().map(|module| {
        let mut target = entry(module).cloned().unwrap_or_default();
        target.module = Some(module.clone());
        target
    });
    let targets = targets.collect();
    let unspoken: Vec<String> = named.iter().filter(|it| config.is_none() && entry(it).is_none()).cloned().collect();
    if named.iter().any(|module| entry(module).is_some()) {
        return Ok(Meant { targets, manifest: Some(manifest), unspoken, ..Meant::default() });
    }
    let others: Vec<&str> = manifest.targets.iter().filter_map(|it| it.module.as_deref()).collect();
    let about = format!("is about {}", others.join(", "));
    if config.is_some() {
        return refuse(&format!("{about}, not about the --target given; name another file or target"));
    }
    Ok(Meant { targets, manifest: None, unspoken, notices: vec![format!("{file} {about} and is left alone")] })
}

fn bare(module: &str) -> Target {
    Target { module: Some(module.to_owned()), ..Target::default() }
}

fn parse_pyproject(path: &Path, text: &str) -> Result<Option<Manifest>, ManifestError> {
    let whole: toml::Table = toml::from_str(text).map_err(|error| invalid(path, text, &error))?;
    let ours = whole.get("tool").and_then(|tool| tool.get("capsule-conformance"));
    let Some(ours) = ours.and_then(toml::Value::as_table) else {
        return Ok(None);
    };
    // Read our table again as a file of its own; lines are found by what stands in them.
    let own_text = toml::to_string(ours).map_err(|error| {
        ManifestError::Invalid(vec![diagnose::mistake_at(
            &path.display().to_string(),
            text,
            "capsule-conformance",
            error.to_string(),
        )])
    })?;
    parse(path, &own_text).map(Some).map_err(|error| match error {
        ManifestError::Invalid(mistakes) => ManifestError::Invalid(
            mistakes
                .into_iter()
                .map(|mistake| {
                    let key = mistake.message.split('`').nth(1).unwrap_or("capsule-conformance").to_owned();
                    diagnose::mistake_at(&mistake.path, text, &key, mistake.message)
                })
                .collect(),
        ),
        other => other,
    })
}

fn parse(path: &Path, text: &str) -> Result<Manifest, ManifestError> {
    let shape: toml::Table = toml::from_str(text).map_err(|error| invalid(path, text, &error))?;
    let (targets, known) = if shape.get("target").is_some_and(toml::Value::is_array) {
        let file: ManyTargets = toml::from_str(text).map_err(|error| invalid(path, text, &error))?;
        (file.target, file.known)
    } else {
        let mut file: OneTarget = toml::from_str(text).map_err(|error| invalid(path, text, &error))?;
        file.target.produces.append(&mut file.produces);
        file.target.consumes.append(&mut file.consumes);
        (vec![file.target], file.known)
    };
    let mistakes = check(&path.display().to_string(), text, &targets, &known);
    if mistakes.is_empty() {
        Ok(Manifest { targets, known, file: Some(path.to_owned()) })
    } else {
        Err(ManifestError::Invalid(mistakes))
    }
}

fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> ManifestError {
    ManifestError::Invalid(vec![diagnose::toml_mistake(&path.display().to_string(), text, 0, error)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> String {
        match parse(Path::new("m.toml"), text) {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        let text = "[target]\nmodule = \"m\"\n[[produces]]\natribute = \"m._C_API\"\n";
        assert_eq!(mistakes(text), "m.toml:4: unknown key `atribute`; did you mean `attribute`?");
    }

    #[test]
    fn several_targets_keep_what_stands_below_them() {
        let text = "[[target]]\nmodule = \"a\"\n[[target.produces]]\nattribute = \"a.x\"\n[[target]]\nmodule = \"b\"\n";
        let manifest = parse(Path::new("m.toml"), text).expect("a valid manifest");
        assert_eq!(manifest.targets.len(), 2);
        assert_eq!(manifest.targets[0].produces.len(), 1);
        assert!(manifest.targets[1].produces.is_empty());
    }

    #[test]
    fn a_capsule_is_either_an_attribute_or_made() {
        assert!(mistakes("[[produces]]\nname = \"x\"\n").contains("exactly one of `attribute` and `factory`"));
        assert!(mistakes("[[consumes]]\ncall = \"f()\"\n").contains("`call` needs `{capsule}`"));
    }

    #[test]
    fn the_suite_speaks_of_a_package_only_where_the_user_does_not() {
        let manifest = ready("suite/targets/m.toml", "packages = [\"mydb\"]\n[target]\nexercise = \"mydb.sin(0)\"\n");
        let manifest = [manifest.expect("a valid manifest")];
        let meant = |unspoken: &[&str]| {
            let unspoken = unspoken.iter().map(|it| (*it).to_owned()).collect();
            let mut meant = Meant { targets: vec![bare("mydb.core")], unspoken, ..Meant::default() };
            meant.fall_back(&manifest);
            (meant.targets[0].exercise.is_some(), meant.notices.len())
        };
        assert_eq!(meant(&["mydb.core"]), (true, 1));
        assert_eq!(meant(&[]), (false, 0));
    }

    #[test]
    fn each_module_of_a_package_gets_what_is_about_it() {
        let text = "packages = [\"db\"]\n[target]\nexercise = \"db.sin(0)\"\nenv = { A = \"1\" }\n\
                    [[produces]]\nattribute = \"db.core._C_API\"\n[[produces]]\nfactory = \"db.corex.open()\"\n\
                    [[consumes]]\ncapsule = \"other._C_API\"\n\
                    [[consumes]]\nname = \"x\"\ncall = \"f(db.core, {capsule})\"\n";
        let manifest = [ready("suite/targets/m.toml", text).expect("a valid manifest")];
        let shares = |modules: &[&str]| {
            let unspoken = modules.iter().map(|it| (*it).to_owned()).collect();
            let targets = modules.iter().map(|module| bare(module)).collect();
            let mut meant = Meant { targets, unspoken, ..Meant::default() };
            meant.fall_back(&manifest);
            assert_eq!(meant.notices.len(), 1);
            assert!(meant.targets.iter().all(|it| it.ready && it.env.len() == 1));
            let share = |it: &Target| (it.produces.len(), it.consumes.len(), it.exercise.is_some());
            meant.targets.iter().map(share).collect::<Vec<_>>()
        };
        assert_eq!(shares(&["db.core"]), [(2, 2, true)]);
        assert_eq!(shares(&["db.core", "db"]), [(1, 1, false), (1, 1, true)]);
        assert_eq!(shares(&["db.other", "db.core"]), [(1, 1, true), (1, 1, false)]);
    }

    #[test]
    fn a_manifest_of_the_suite_names_no_module_and_no_unknown_key() {
        let said =
            |text: &str| ready("suite/targets/m.toml", text).err().map(|it| it[0].to_string()).unwrap_or_default();
        assert_eq!(said("[target]\nexercise = \"1\"\n"), "");
        assert!(said("[target]\nmodule = \"m\"\n").starts_with("suite/targets/m.toml:2: `module` is"));
        assert!(said("package = [\"m\"]\n").contains("did you mean `packages`?"));
        assert!(mistakes("packages = [\"m\"]\n").contains("unknown key `packages`"));
    }

    #[test]
    fn a_layout_is_checked_when_it_is_read() {
        let text = "[[produces]]\nattribute = \"a.x\"\n[produces.table]\nlayout = [\"ptr sin\", \"i31 version\"]\n";
        assert!(mistakes(text).starts_with("m.toml:4: "), "{}", mistakes(text));
    }
}
