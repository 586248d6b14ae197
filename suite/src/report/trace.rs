//! Tells people, and programs, what a target does with capsules.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::model::{Caller, Made, Place, Problem, StepEnd, Taken, Trace};

/// The traces as JSON.
pub fn json(traces: &[Trace], problems: &[Problem]) -> String {
    let whole = json!({ "schema": "capsule-conformance/trace/1", "traces": traces, "problems": problems });
    serde_json::to_string_pretty(&whole).expect("traces are plain data") + "\n"
}

/// The traces for people.
pub fn text(traces: &[Trace], problems: &[Problem]) -> String {
    let mut text = String::new();
    for trace in traces {
        one(&mut text, trace);
    }
    for problem in problems {
        line(&mut text, 0, &format!("{} {}: {}", problem.what, problem.r#where, problem.message));
    }
    text
}

fn one(text: &mut String, trace: &Trace) {
    line(text, 0, &format!("{} on {}", trace.module, trace.interpreter));
    if let Some(reason) = &trace.unseen {
        line(text, 1, &format!("its calls cannot be seen: {reason}"));
    }
    if trace.unseen.is_none() && trace.opaque {
        line(text, 1, "calls that modules built into this interpreter make cannot be seen");
    }
    made(text, trace);
    taken(text, trace);
    if !trace.failed.is_empty() {
        line(text, 1, "calls that failed");
    }
    for call in &trace.failed {
        let name = call.name.as_deref().map(quoted).unwrap_or_default();
        let what = format!("{} {}{name}: {}{}", call.by.name(), call.function, call.error, times(call.times));
        line(text, 2, &what);
    }
    if trace.unseen.is_none() && trace.made.is_empty() && trace.taken.is_empty() && trace.failed.is_empty() {
        line(text, 1, "no capsule was made or taken");
    }
    ending(text, trace);
    text.push('\n');
}

/// What went wrong on the way, since the trace ends there.
fn ending(text: &mut String, trace: &Trace) {
    for step in &trace.seen.steps {
        match &step.end {
            StepEnd::Raised(raised) => {
                line(text, 1, &format!("{} raised {}: {}", step.label, raised.r#type, raised.message));
            }
            StepEnd::Interrupted => line(text, 1, &format!("{} did not come to its end", step.label)),
            StepEnd::Skipped(_) | StepEnd::Returned(_) => {}
        }
    }
    if trace.end != "returned" {
        line(text, 1, &format!("the process ended with {}: this is what was seen until then", trace.end));
    }
}

fn made(text: &mut String, trace: &Trace) {
    let mut makers: BTreeMap<Order<'_>, BTreeMap<String, u64>> = BTreeMap::new();
    for made in &trace.made {
        *makers.entry(order(trace, &made.by)).or_default().entry(made_line(made)).or_default() += 1;
    }
    if !makers.is_empty() {
        line(text, 1, "makes");
    }
    for ((_, maker), capsules) in makers {
        line(text, 2, maker);
        for (capsule, count) in capsules {
            line(text, 3, &format!("{capsule}{}", of_them(count)));
        }
    }
}

fn made_line(made: &Made) -> String {
    let path = made.place.as_ref().map(shown);
    match (path, &made.name) {
        // One line for each dictionary: its entries are named by what they are, not by where.
        (Some(path), _) if made.place.as_ref().is_some_and(|it| it.how == "dict") => path,
        (Some(path), name) => format!("{path}{}", unlike(name.as_deref(), &path)),
        (None, Some(name)) => format!("kept by no module,{}", quoted(name)),
        (None, None) => "kept by no module, unnamed".to_owned(),
    }
}

fn taken(text: &mut String, trace: &Trace) {
    let mut takers: BTreeMap<Order<'_>, BTreeMap<String, (u64, u64)>> = BTreeMap::new();
    for taken in &trace.taken {
        let lines = takers.entry(order(trace, &taken.by)).or_default();
        let (capsules, calls) = lines.entry(taken_line(taken)).or_default();
        (*capsules, *calls) = (*capsules + 1, *calls + taken.times);
    }
    if !takers.is_empty() {
        line(text, 1, "takes");
    }
    for ((_, taker), capsules) in takers {
        line(text, 2, taker);
        for (capsule, (count, calls)) in capsules {
            line(text, 3, &format!("{capsule}{}{}", of_them(count), times(calls)));
        }
    }
}

fn taken_line(taken: &Taken) -> String {
    let from = taken.from.as_ref().map(|it| format!(", made by {}", it.name())).unwrap_or_default();
    let what = match &taken.place {
        Some(place) if place.how == "dict" => format!("{}{from}", shown(place)),
        Some(place) => format!("{}{}", place.path, unlike(taken.name.as_deref(), &place.path)),
        None => format!("a capsule kept by no module{}{from}", unlike(taken.name.as_deref(), "")),
    };
    format!("{what}, by {}", taken.via)
}

/// Whose it is: what belongs to the target goes first.
type Order<'a> = (bool, &'a str);

fn order<'a>(trace: &Trace, caller: &'a Caller) -> Order<'a> {
    let package = trace.module.split('.').next().unwrap_or_default();
    (!caller.belongs_to(package), caller.name())
}

/// An attribute's path, or that of a dictionary of capsules.
fn shown(place: &Place) -> String {
    match place.path.rsplit_once('.') {
        Some((dictionary, _)) if place.how == "dict" => format!("{dictionary}.*"),
        _ => place.path.clone(),
    }
}

/// The name, where the path does not say it.
fn unlike(name: Option<&str>, path: &str) -> String {
    match name {
        None => ", unnamed".to_owned(),
        Some(name) if name == path => String::new(),
        Some(name) => format!(",{}", quoted(name)),
    }
}

fn quoted(name: &str) -> String {
    format!(" {name:?}")
}

fn of_them(count: u64) -> String {
    if count == 1 { String::new() } else { format!(", {count} capsules") }
}

fn times(count: u64) -> String {
    if count == 1 { String::new() } else { format!(", {count} times") }
}

fn line(text: &mut String, depth: usize, content: &str) {
    writeln!(text, "{:width$}{content}", "", width = 2 * depth).expect("writing to a string");
}
