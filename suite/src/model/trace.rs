//! Knows what a tracer saw of a target's capsules: who makes them, who takes them, by which call.

use serde::Serialize;

use super::observation::Observation;

/// What one fresh process showed of one target under one interpreter.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Trace {
    /// The module.
    pub module: String,
    /// The interpreter's id.
    pub interpreter: String,
    /// Why calls could not be seen; none if they could.
    pub unseen: Option<String>,
    /// What the interpreter's own built-in modules do cannot be seen, as they are one with its functions.
    pub opaque: bool,
    /// The capsules made, in order.
    pub made: Vec<Made>,
    /// Who took which capsule of somebody else.
    pub taken: Vec<Taken>,
    /// Calls that failed.
    pub failed: Vec<FailedCall>,
    /// The places in the code of objects where capsules were made and taken.
    #[serde(skip)]
    pub sites: Vec<Site>,
    /// How the process ended.
    pub end: String,
    /// How the import and each expression went.
    #[serde(skip)]
    pub seen: Observation,
}

/// Who called: a loaded object, and the module that it is or was loaded for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Caller {
    /// The last part of its path.
    pub object: String,
    /// The extension module that this object is; none for a library and for the interpreter.
    pub module: Option<String>,
    /// The extension module during whose loading it was loaded.
    pub loaded_for: Option<String>,
}

impl Caller {
    /// The module, else the object.
    pub fn name(&self) -> &str {
        self.module.as_deref().unwrap_or(&self.object)
    }

    /// Whether it belongs to a top-level package.
    pub fn belongs_to(&self, package: &str) -> bool {
        let module = self.module.as_ref().or(self.loaded_for.as_ref());
        module.is_some_and(|it| it.split('.').next() == Some(package))
    }
}

/// A place of a capsule: where modules keep it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Place {
    /// The attribute path.
    pub path: String,
    /// `attribute`, or `dict` for an entry of a dictionary.
    pub how: String,
    /// The other places of the same object.
    pub aliases: Vec<String>,
}

/// A capsule that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Who made it.
    pub by: Caller,
    /// Its name then; none for the NULL name.
    pub name: Option<String>,
    /// Where it is kept in the end, if anywhere that a module leads to.
    pub place: Option<Place>,
}

/// Where in its code an object first called for a capsule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Whose code.
    pub by: Caller,
    /// The file.
    pub file: String,
    /// The places in it, of the call and of those that led to it, innermost first.
    pub at: Vec<u64>,
    /// It made the capsule; else it took its pointer.
    pub makes: bool,
    /// Where the capsule is kept in the end.
    pub place: Option<Place>,
    /// `import`, or the expression that was evaluated.
    pub during: String,
}

/// A capsule of somebody else whose pointer was taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Taken {
    /// Who took it.
    pub by: Caller,
    /// The function of the API that gave the pointer.
    pub via: String,
    /// The name asked for; none for NULL.
    pub name: Option<String>,
    /// Where the capsule is kept in the end, or where it was imported from.
    pub place: Option<Place>,
    /// Who made it, if that was seen.
    pub from: Option<Caller>,
    /// The first time: `import`, or the expression that was evaluated.
    pub during: String,
    /// The first time, among all calls.
    pub since: usize,
    /// How often.
    pub times: u64,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FailedCall {
    /// Who called.
    pub by: Caller,
    /// The function of the API.
    pub function: String,
    /// The name asked for; none if it was NULL or the function has none.
    pub name: Option<String>,
    /// The class of the exception it left; `none` for none.
    pub error: String,
    /// How often.
    pub times: u64,
}
