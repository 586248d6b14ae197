//! Runs the suite's own fixtures against each other under the default interpreter, one trial per pairing.
//!
//! Listing the trials compiles nothing and starts no interpreter. The first trial that runs does the work of all that
//! were chosen, in one run of the line; under a runner that gives each trial a process, that is one pairing.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use capsule_conformance::model::{CaseResult, Catalogue, Pairing, Verdict};
use capsule_conformance::plan::{self, Selection};
use capsule_conformance::{report, run};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let catalogue = support::suite();
    let listed = plan::make(&catalogue, &support::pretended_facts(), &[], &Selection::default());
    let line = Arc::new(Line { catalogue, chosen: OnceLock::new(), results: OnceLock::new() });
    let trials: Vec<Trial> = listed.expect("selects everything").pairings.iter().map(|it| trial(it, &line)).collect();
    let names: BTreeSet<&str> = trials.iter().map(Trial::name).collect();
    assert_eq!(names.len(), trials.len(), "of two trials of one name one would answer for both");
    let chosen = trials.iter().filter(|trial| !arguments.is_filtered_out(trial)).map(|trial| trial.name().to_owned());
    line.chosen.set(chosen.collect()).expect("chosen once");
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(pairing: &Pairing, line: &Arc<Line>) -> Trial {
    let (name, line) = (support::trial_name(&pairing.id), Arc::clone(line));
    Trial::ignorable_test(name.clone(), move || outcome(line.results()?.get(&name)))
}

fn outcome(result: Option<&CaseResult>) -> Result<Completion, Failed> {
    let result = result.ok_or("there was no interpreter to run it on; see `capsule-conformance doctor`")?;
    match result.verdict {
        Verdict::Pass | Verdict::Info | Verdict::KnownDifference => Ok(Completion::Completed),
        Verdict::NotApplicable => Ok(Completion::ignored_with(&result.message)),
        // What could not be told did not pass: a missing compiler is no reason to be content.
        Verdict::Fail | Verdict::StaleDifference | Verdict::Unverified | Verdict::Error => {
            Err(report::finding(&[result]).into())
        }
    }
}

/// The straight line, walked when its first result is asked for.
struct Line {
    catalogue: Catalogue,
    chosen: OnceLock<BTreeSet<String>>,
    results: OnceLock<Result<BTreeMap<String, CaseResult>, String>>,
}

impl Line {
    fn results(&self) -> Result<&BTreeMap<String, CaseResult>, &String> {
        self.results.get_or_init(|| self.walk().map_err(|error| error.to_string())).as_ref()
    }

    fn walk(&self) -> Result<BTreeMap<String, CaseResult>, run::RunError> {
        let results = run::results(&support::fixture_request(), &self.catalogue, |facts| {
            let mut plan = plan::make(&self.catalogue, facts, &[], &Selection::default())?;
            plan.pairings.retain(|pairing| self.is_needed(pairing));
            Ok(plan)
        })?;
        Ok(results.into_iter().map(|result| (support::trial_name(&result.id), result)).collect())
    }

    /// Whether a recorded difference is stale can only be told over all pairings of its case.
    fn is_needed(&self, pairing: &Pairing) -> bool {
        let chosen = self.chosen.get().expect("chosen before the first trial runs");
        let deviates = self.catalogue.differences.iter().any(|it| it.case == pairing.case);
        let same_case = |name: &String| name.split(['[', '/']).next() == Some(&pairing.case);
        chosen.contains(&support::trial_name(&pairing.id)) || deviates && chosen.iter().any(same_case)
    }
}
