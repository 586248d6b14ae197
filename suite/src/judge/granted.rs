//! Whether a pairing can be judged at all: what it takes for granted has to be so.

use super::words::{exception, plain};
use crate::model::{Expectation, Judgement, Observation, Offered, Raised, StepEnd, StepFact};

/// What is to be said of an observation that tells nothing of the requirement; none if it does.
pub(super) fn untold(expected: &Expectation, seen: &Observation) -> Option<Judgement> {
    let unclear = |reason: String| Some(Judgement::Unclear(reason));
    if let Some(reason) = &seen.lost {
        return unclear(reason.clone());
    }
    if seen.end == "not started" {
        return unclear(format!("the process could not be started: {}", seen.output));
    }
    if seen.end == "signal SIGKILL" && !seen.killed_by_us {
        return unclear("something outside the suite killed the process (out of memory?)".to_owned());
    }
    if let Some(fact) = seen.steps.iter().find(|fact| is_setup(fact))
        && let StepEnd::Raised(raised) = &fact.end
    {
        return unclear(format!("what the pairing takes for granted, {}, raised {}", fact.label, exception(raised)));
    }
    if let Some(offered) = &expected.offered
        && let Some(raised) = refused(offered, seen)
    {
        let reason = format!("the call has no use for the payload of the suite's own: {}", exception(raised));
        return if offered.replaceable {
            unclear(format!("{reason}; say `good` in the manifest"))
        } else {
            Some(Judgement::Moot(reason))
        };
    }
    if let Some(event) = seen.events.iter().find(|event| event.kind == "no_fault") {
        let field = |key: &str| event.fields.get(key).map(plain).unwrap_or_default();
        return unclear(format!("the fault on {} never took effect: {}", field("on"), field("reason")));
    }
    if let Some(event) = seen.events.iter().find(|event| event.kind == "no_verb") {
        let field = |key: &str| event.fields.get(key).map(plain).unwrap_or_default();
        let (module, verb) = (field("module"), field("verb"));
        return unclear(format!("{module} has no `{verb}`; write it, or name it in `lacks` of its manifest"));
    }
    if let Some(event) = seen.events.iter().find(|event| event.kind == "no_call") {
        return Some(Judgement::Moot(event.fields.get("reason").map(plain).unwrap_or_default()));
    }
    None
}

/// True for what the worker does before the first step of the case, such as importing a fixture.
fn is_setup(fact: &StepFact) -> bool {
    fact.label.starts_with('(')
}

/// The clean exception by which a payload of the suite's own was refused.
fn refused<'a>(offered: &Offered, seen: &'a Observation) -> Option<&'a Raised> {
    let taker = seen.steps.iter().find(|fact| fact.label == offered.step)?;
    let StepEnd::Raised(raised) = &taker.end else { return None };
    let is = |class: &str| raised.mro.iter().any(|it| it == class);
    (is("Exception") && !is("SystemError")).then_some(raised)
}
