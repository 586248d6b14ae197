//! Proves that the cases can fail: one trial per case and defect fixture that the case says it catches.
//!
//! The defect stands in for its side. In every row named, with every clean build on the other side and in every build
//! of the defect the case must be a finding, and one that starts with the words the case foretells.

mod support;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use capsule_conformance::model::{Binds, CaseResult, Catalogue, Catch, Level, Pairing, Participant, Plan, Verdict};
use capsule_conformance::plan::{self, PlanError, Selection};
use capsule_conformance::{report, run};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let catalogue = support::suite();
    let promises = catalogue
        .cases
        .iter()
        .flat_map(|case| case.catches.iter().map(|catch| Promise { case: case.id.clone(), catch: catch.clone() }));
    let promises: Vec<Promise> = promises.collect();
    let line = Arc::new(Line { catalogue, chosen: OnceLock::new(), results: OnceLock::new() });
    let trials: Vec<Trial> = promises.iter().map(|promise| trial(promise, &line)).collect();
    let chosen = promises.into_iter().zip(&trials).filter(|(_, trial)| !arguments.is_filtered_out(trial));
    line.chosen.set(chosen.map(|(promise, _)| promise).collect()).expect("chosen once");
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What a case says of a defect.
#[derive(Debug, Clone)]
struct Promise {
    case: String,
    catch: Catch,
}

impl Promise {
    /// `case[rows]/defect`.
    fn name(&self) -> String {
        let rows = self.catch.rows.join("+");
        let rows = if rows.is_empty() { rows } else { format!("[{rows}]") };
        format!("{}{rows}/{}", self.case, self.catch.stem)
    }

    fn is_about(&self, case: &str, row: Option<&String>, side: Option<&str>) -> bool {
        let stem = side.map(|id| id.split('@').next().unwrap_or(id));
        let in_row = self.catch.rows.is_empty() || row.is_some_and(|row| self.catch.rows.contains(row));
        self.case == case && in_row && stem == Some(self.catch.stem.as_str())
    }

    fn is_kept_by(&self, result: &CaseResult) -> bool {
        let finding = if result.level == Level::Info { Verdict::Info } else { Verdict::Fail };
        result.verdict == finding && result.observed.as_ref().is_some_and(|it| it.starts_with(&self.catch.seen))
    }
}

fn trial(promise: &Promise, line: &Arc<Line>) -> Trial {
    let (promise, line) = (promise.clone(), Arc::clone(line));
    Trial::ignorable_test(promise.name(), move || outcome(&promise, line.results()?))
}

fn outcome(promise: &Promise, results: &[CaseResult]) -> Result<Completion, Failed> {
    let about = |it: &&CaseResult| {
        let side = if promise.catch.side == Binds::Producer { &it.producer } else { &it.consumer };
        promise.is_about(&it.case, it.row.as_ref(), side.as_deref())
    };
    let (idle, met): (Vec<&CaseResult>, Vec<&CaseResult>) =
        results.iter().filter(about).partition(|it| it.verdict == Verdict::NotApplicable);
    let broken: Vec<&CaseResult> = met.iter().copied().filter(|it| !promise.is_kept_by(it)).collect();
    match (met.len(), idle.first(), broken.first()) {
        (0, None, _) => Err("no pairing puts this defect to the test; is an interpreter there?".into()),
        (0, Some(result), _) => Ok(Completion::ignored_with(&result.message)),
        (_, _, None) => Ok(Completion::Completed),
        (all, _, Some(first)) => Err(format!(
            "{} of {all} pairings do not end as foretold (`{}`); the first ended as {}:\n{}\n{}",
            broken.len(),
            promise.catch.seen,
            first.verdict.word(),
            first.id,
            report::finding(&[first])
        )
        .into()),
    }
}

/// The straight line, walked when its first result is asked for: all defects that were chosen in one run.
struct Line {
    catalogue: Catalogue,
    chosen: OnceLock<Vec<Promise>>,
    results: OnceLock<Result<Vec<CaseResult>, String>>,
}

impl Line {
    fn results(&self) -> Result<&Vec<CaseResult>, &String> {
        let walk = || {
            let request = run::Request { confirm: false, ..support::fixture_request() };
            run::results(&request, &self.catalogue, |facts| self.plan(facts)).map_err(|error| error.to_string())
        };
        self.results.get_or_init(walk).as_ref()
    }

    fn plan(&self, facts: &capsule_conformance::model::Facts) -> Result<Plan, PlanError> {
        let mut all = Plan::default();
        for promise in self.chosen.get().expect("chosen before the first trial runs") {
            let stand_in = Some(promise.catch.stem.clone());
            let selection = Selection { cases: vec![promise.case.clone()], stand_in, ..Selection::default() };
            let about = |it: &Pairing| {
                let side = if promise.catch.side == Binds::Producer { &it.producer } else { &it.consumer };
                promise.is_about(&it.case, it.row.as_ref(), side.as_ref().map(Participant::module))
            };
            all.pairings
                .extend(plan::make(&self.catalogue, facts, &[], &selection)?.pairings.into_iter().filter(about));
        }
        Ok(all)
    }
}
