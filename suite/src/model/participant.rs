//! Knows who stands on the sides of a pairing: fixtures with their builds, and targets.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::case::Binds;
use super::facts::Spot;
use super::manifest::is_default;

/// What a fixture's header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixture {
    /// The module name.
    pub stem: String,
    /// Where its source is, relative to the suite; from outside: its folder, as the user named it.
    pub source: String,
    /// The builds that this source has.
    pub builds: Vec<Build>,
    /// The side it stands on.
    pub side: Binds,
    /// One line.
    pub summary: String,
    /// For defects: the cases that must fail it.
    pub breaks: Vec<String>,
    /// Verbs that the binding cannot do.
    pub lacks: BTreeSet<String>,
    /// Where the binding works.
    pub interpreters: Option<String>,
    /// Takes part only in cases that name it.
    pub by_name: bool,
    /// The exceptions a refusal may have, for `{consumer.wrong_name_error}`.
    pub wrong_name_error: String,
    /// An expression that shows whether a success was real, and what it must come to.
    pub exercise: Option<String>,
    /// The value of `exercise`, where it is the same for all times.
    pub result: Option<f64>,
    /// What it makes, in the manifest's words.
    pub produces: Vec<Produces>,
    /// What it takes, in the manifest's words.
    pub consumes: Vec<Consumes>,
    /// From outside: the line for the shell that makes the module. The suite knows how to make its own.
    pub command: Option<String>,
}

impl Fixture {
    /// Whether it was brought along, and is no part of the suite.
    pub fn is_outside(&self) -> bool {
        self.command.is_some()
    }

    /// A defect names what it breaks; a clean fixture breaks nothing.
    pub fn is_defect(&self) -> bool {
        !self.breaks.is_empty()
    }

    /// Whether it says which versions of a table it accepts, or how long that has to be.
    pub fn declares_a_policy(&self) -> bool {
        let policy = |table: &Table| table.accepts.is_some() || table.size.is_some();
        self.consumes.iter().filter_map(|it| it.table.as_ref()).any(policy)
    }
}

/// The five ways a fixture is built, and the one that nothing is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Build {
    /// C, full API, single-phase initialisation.
    CSinglePhase,
    /// C, full API, multi-phase initialisation.
    CMultiPhase,
    /// C, limited API: compiled once against the oldest interpreter of the run.
    CAbi3,
    /// Rust through `PyO3`'s capsule type.
    RustPyo3,
    /// Rust through raw pyo3-ffi.
    RustFfi,
    /// By a command of its own. No header of the suite's says so.
    #[serde(skip_deserializing)]
    Outside,
}

impl Build {
    /// The builds of every C source.
    pub const C: [Build; 3] = [Build::CSinglePhase, Build::CMultiPhase, Build::CAbi3];

    /// The word used in participants' ids.
    pub fn word(self) -> &'static str {
        match self {
            Build::CSinglePhase => "c_single_phase",
            Build::CMultiPhase => "c_multi_phase",
            Build::CAbi3 => "c_abi3",
            Build::RustPyo3 => "rust_pyo3",
            Build::RustFfi => "rust_ffi",
            Build::Outside => "outside",
        }
    }

    /// True for the builds that cargo makes.
    pub fn is_rust(self) -> bool {
        matches!(self, Build::RustPyo3 | Build::RustFfi)
    }
}

/// One `[[produces]]` of a manifest or a fixture's header.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Produces {
    /// The dotted path at which the capsule is found.
    pub attribute: Option<String>,
    /// An expression that makes one.
    pub factory: Option<String>,
    /// The agreed name.
    pub name: Option<String>,
    /// The NULL name is the agreed one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unnamed: bool,
    /// The declared convention.
    pub convention: Option<String>,
    /// The factory returns an existing capsule.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared: bool,
    /// An expression that must return to its first value.
    pub releases: Option<String>,
    /// `none` switches a protocol's cases off.
    pub protocol: Option<String>,
    /// The payload is a struct.
    pub table: Option<Table>,
}

impl Produces {
    /// Where the capsule is, or what makes it.
    pub fn place(&self) -> Spot {
        match (&self.attribute, &self.factory) {
            (None, Some(factory)) => Spot { path: factory.clone(), how: "factory".to_owned() },
            (attribute, _) => Spot { path: attribute.clone().unwrap_or_default(), how: "attribute".to_owned() },
        }
    }

    /// Whether it says what the name is: what a factory makes may have any.
    pub fn agrees(&self) -> bool {
        self.attribute.is_some() || self.unnamed || self.name.is_some()
    }

    /// The name agreed on for a capsule kept as an attribute: the place, unless the manifest says another; none for NULL.
    pub fn agreed_name(&self) -> Option<String> {
        if self.unnamed { None } else { self.name.clone().or_else(|| self.attribute.clone()) }
    }
}

/// One `[[consumes]]` of a manifest or a fixture's header.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumes {
    /// Import path and name of a capsule imported by name.
    pub capsule: Option<String>,
    /// The agreed name where it is not the path.
    pub name: Option<String>,
    /// The NULL name is the agreed one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unnamed: bool,
    /// `import`, or an expression that makes the consumer use it.
    pub trigger: Option<String>,
    /// The exceptions that count as a clean failure.
    pub failure: Option<Vec<String>>,
    /// The trigger may succeed without the capsule.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optional: bool,
    /// A call with `{capsule}` in it.
    pub call: Option<String>,
    /// An expression that makes a valid argument.
    pub good: Option<String>,
    /// Taking passes ownership.
    #[serde(default, skip_serializing_if = "is_default")]
    pub once: bool,
    /// The name afterwards, where ownership passes by rename.
    pub used_name: Option<String>,
    /// Evaluated after everyone else dropped the capsule.
    pub after: Option<String>,
    /// `none` switches a protocol's cases off.
    pub protocol: Option<String>,
    /// The payload is a struct.
    pub table: Option<Table>,
    /// The protocol that the name stands for, which says what the payload is.
    #[serde(skip)]
    pub follows: Option<String>,
}

impl Consumes {
    /// The expression, if it takes more than an import, that makes the consumer use a good capsule.
    pub fn used_by(&self) -> Option<String> {
        let trigger = self.trigger.clone().filter(|trigger| trigger != "import");
        let call = || Some(self.call.as_ref()?.replace("{capsule}", &format!("({})", self.good.as_ref()?)));
        trigger.or_else(call)
    }
}

/// The shape of a payload, in the layout language of the manifest.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// C layout, one `type name` each.
    pub layout: Vec<String>,
    /// The version field, or two.
    pub version: Option<toml::Value>,
    /// Packs a two-part version into one field.
    pub split: Option<u32>,
    /// The version's value.
    pub current: Option<toml::Value>,
    /// Fields that only versions from N on have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub since: BTreeMap<String, i64>,
    /// The policy of a consumer.
    pub accepts: Option<String>,
    /// The field that carries the struct's size.
    pub size: Option<String>,
    /// The field that leads to an older table, or is NULL.
    pub chain: Option<String>,
}

/// Someone on one side of a pairing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Participant {
    /// One build of a fixture.
    Fixture {
        /// The module name.
        stem: String,
        /// How it is built.
        build: Build,
    },
    /// A third-party module.
    Target {
        /// Its dotted import name.
        module: String,
    },
}

impl Participant {
    /// The id in reports: `stem@build`, or the module's name.
    pub fn id(&self) -> String {
        match self {
            Participant::Fixture { stem, build } => format!("{stem}@{}", build.word()),
            Participant::Target { module } => module.clone(),
        }
    }

    /// The name it is imported by.
    pub fn module(&self) -> &str {
        match self {
            Participant::Fixture { stem, .. } => stem,
            Participant::Target { module } => module,
        }
    }
}
