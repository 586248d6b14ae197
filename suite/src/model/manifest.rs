//! Knows what the user says of a target.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::facts::{Capsule, Difference};
use super::participant::{Consumes, Produces, Table};

/// What the user says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// One for each `[target]` or `[[target]]`.
    pub targets: Vec<Target>,
    /// Accepted deviations.
    pub known: Vec<Difference>,
    /// The file, as the user would name it.
    pub file: Option<PathBuf>,
}

/// One target with what it makes and takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its import name; may be left out when `--target` is given.
    pub module: Option<String>,
    /// Imported before the target in every pairing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub preload: Vec<String>,
    /// An expression, run after every import that succeeds.
    pub exercise: Option<String>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub env: BTreeMap<String, String>,
    /// `clean`: a pairing that ends by interpreter shutdown must end with status 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub at_exit: AtExit,
    /// What it makes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub produces: Vec<Produces>,
    /// What it takes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub consumes: Vec<Consumes>,
    /// What an earlier release handed out, each with the shape of its table.
    #[serde(skip)]
    pub baseline: Vec<(Capsule, Option<Table>)>,
    /// Said by a manifest of the suite, which is about many versions: what this one does not have is left out.
    #[serde(skip)]
    pub ready: bool,
}

/// A manifest that comes with the suite, for a package that many have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadyManifest {
    /// The file.
    pub path: String,
    /// The top-level packages that it speaks of.
    pub packages: Vec<String>,
    /// What they make and take.
    pub target: Target,
}

impl Target {
    /// Every Python expression that the manifest gives, with `capsule` in the place of `{capsule}`.
    pub fn expressions(&self) -> Vec<String> {
        let consumes = self.consumes.iter().flat_map(|it| {
            let trigger = it.trigger.as_ref().filter(|trigger| *trigger != "import");
            [trigger, it.call.as_ref(), it.good.as_ref(), it.after.as_ref()].into_iter().flatten()
        });
        let produces = self.produces.iter().flat_map(|it| [&it.factory, &it.releases].into_iter().flatten());
        let all = self.exercise.iter().chain(consumes).chain(produces);
        all.map(|text| text.replace("{capsule}", "capsule")).collect()
    }

    /// The expressions that make the target use what it takes: its exercise, its triggers, and its calls of good capsules.
    pub fn uses(&self) -> Vec<String> {
        let consumes = self.consumes.iter().filter_map(Consumes::used_by);
        let mut uses = Vec::new();
        for expression in self.exercise.iter().cloned().chain(consumes) {
            if !uses.contains(&expression) {
                uses.push(expression);
            }
        }
        uses
    }

    /// The classes that the manifest names by a path: one may be known by another name where it is defined.
    pub fn named_classes(&self) -> Vec<String> {
        let named = self.consumes.iter().filter_map(|it| it.failure.as_ref()).flatten();
        let mut classes: Vec<String> = named.filter(|it| it.contains('.')).cloned().collect();
        classes.sort();
        classes.dedup();
        classes
    }

    /// The modules that the manifest names, itself first: expressions may speak of their top-level packages.
    pub fn named_modules(&self) -> Vec<String> {
        let first = |path: &String| path.split(['.', '[']).next().unwrap_or_default().to_owned();
        let produced = self.produces.iter().filter_map(|it| it.attribute.as_ref().map(first));
        let consumed = self.consumes.iter().filter_map(|it| it.capsule.as_ref().or(it.name.as_ref()).map(first));
        let mut modules = Vec::new();
        for module in self.module.iter().chain(&self.preload).cloned().chain(produced).chain(consumed) {
            if !modules.contains(&module) {
                modules.push(module);
            }
        }
        modules
    }
}

/// What a target's interpreter shutdown must look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtExit {
    /// Status 0.
    #[default]
    Clean,
    /// Any status and signal; only a hang is a finding.
    Any,
}

/// Whether a value is what is meant where none is written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
