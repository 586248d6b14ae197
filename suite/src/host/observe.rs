//! Turns what a process left behind into what was seen of its pairings.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Signal;
use serde_json::{Map, Value};

use super::{Answer, Ended, Job, SPEECHLESS};
use crate::model::{Event, Observation, StepEnd, StepFact, Turn};

/// One for each member of a crowd: what was written in its turn, and what is everyone's.
pub(super) fn observations(ended: &Ended, answer: &Answer, job: &Job) -> Vec<Observation> {
    let members = job.others.len() + 1;
    let mut logs: Vec<Vec<Map<String, Value>>> = vec![Vec::new(); members];
    let mut turn = None;
    for record in records(answer) {
        if members > 1 && record.get("event").and_then(Value::as_str) == Some("turn") {
            turn = record.get("of").and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
        } else if let Some(log) = turn.and_then(|it| logs.get_mut(it)) {
            log.push(record);
        } else {
            for log in &mut logs {
                log.push(record.clone());
            }
        }
    }
    let told = |log| Observation {
        duration_us: ended.duration_us / members as u64,
        ..observation(ended, answer, job.fresh, log)
    };
    logs.into_iter().map(told).collect()
}

fn observation(ended: &Ended, answer: &Answer, fresh: bool, records: Vec<Map<String, Value>>) -> Observation {
    let status = ExitStatus::from_raw(ended.status);
    let mut seen = Observation {
        killed_by_us: ended.killed,
        output: String::from_utf8_lossy(&answer.output).into_owned(),
        duration_us: ended.duration_us,
        ..Observation::default()
    };
    let mut started = !fresh;
    // Steps may be performed inside a step: what happens belongs to the innermost.
    let mut running: Vec<String> = Vec::new();
    for mut record in records {
        let kind = take_text(&mut record, "event").unwrap_or_default();
        match kind.as_str() {
            "begin" => {
                let label = take_text(&mut record, "step").unwrap_or_default();
                seen.order.push(Turn::Begun(seen.steps.len()));
                seen.steps.push(StepFact { label: label.clone(), end: StepEnd::Interrupted });
                running.push(label);
            }
            "end" => {
                let label = take_text(&mut record, "step").unwrap_or_default();
                let index = seen.steps.iter().rposition(|fact| fact.label == label);
                if let Some((index, fact)) = index.and_then(|index| Some((index, seen.steps.get_mut(index)?))) {
                    fact.end = step_end(record);
                    seen.order.push(Turn::Ended(index));
                }
                running.retain(|it| *it != label);
            }
            "started" => started = true,
            "not_started" => started = false,
            _ => {
                seen.order.push(Turn::Event(seen.events.len()));
                seen.events.push(Event { kind, fields: record, during: running.last().cloned() });
            }
        }
    }
    seen.end = end(ended, status, started, &seen.events);
    if ended.status >= 0 && status.signal() == Some(SPEECHLESS) {
        seen.lost =
            Some("the target closed every file, the suite's log among them, so nothing could be told".to_owned());
    }
    seen
}

/// How the process ended. `returned` needs its own word for it: an exit nobody announced is a silent one.
fn end(ended: &Ended, status: ExitStatus, started: bool, events: &[Event]) -> String {
    if ended.killed {
        return "timeout".to_owned();
    }
    if let Some(number) = status.signal().filter(|_| ended.status >= 0) {
        return format!("signal {}", signal_name(number));
    }
    if ended.status < 0 || !started {
        return "not started".to_owned();
    }
    let code = status.code().unwrap_or_default();
    let find = |kind: &str| events.iter().rev().find(|event| event.kind == kind);
    let said = |event: &Event| event.fields.get("code").and_then(Value::as_i64);
    let left = find("left").filter(|event| said(event).unwrap_or_default() == i64::from(code));
    // A shutdown is announced before, and only `finalized` tells that it came to its end.
    let shut_down = find("shutting_down").filter(|_| find("left").is_none() && find("finalized").is_some());
    match left.or(shut_down) {
        None => format!("silent exit {code}"),
        Some(event) if code != 0 || said(event).is_some() => format!("exit {code}"),
        Some(_) => "returned".to_owned(),
    }
}

fn signal_name(number: i32) -> String {
    let known = [
        (Signal::ABORT, "SIGABRT"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::HUP, "SIGHUP"),
        (Signal::ILL, "SIGILL"),
        (Signal::INT, "SIGINT"),
        (Signal::KILL, "SIGKILL"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::SYS, "SIGSYS"),
        (Signal::TERM, "SIGTERM"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::USR2, "SIGUSR2"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
    ];
    let name = known.iter().find(|(signal, _)| signal.as_raw() == number).map(|(_, name)| (*name).to_owned());
    name.unwrap_or_else(|| number.to_string())
}

/// Every record of a log that can be read.
fn records(answer: &Answer) -> Vec<Map<String, Value>> {
    let mut records: Vec<Map<String, Value>> = Vec::new();
    let mut pieces = answer.log.split(|byte| *byte == b'\n').collect::<Vec<_>>();
    let tail = answer.log_tail.split(|byte| *byte == b'\n');
    if !answer.log_tail.is_empty() {
        // Where a piece was cut out, the broken line on either side goes too.
        pieces.pop();
        records.extend(pieces.drain(..).filter_map(record));
        records.push(Map::from_iter([("event".to_owned(), Value::from("log_truncated"))]));
        pieces.extend(tail.skip(1));
    }
    records.extend(pieces.into_iter().filter_map(record));
    records
}

/// A line that cannot be read (its writer crashed within it) costs no other line.
fn record(line: &[u8]) -> Option<Map<String, Value>> {
    let text = String::from_utf8_lossy(line);
    if text.is_empty() {
        return None;
    }
    Some(serde_json::from_str(&text).unwrap_or_else(|_| {
        let start: String = text.chars().take(200).collect();
        Map::from_iter([("event".to_owned(), Value::from("malformed")), ("text".to_owned(), Value::from(start))])
    }))
}

fn step_end(mut record: Map<String, Value>) -> StepEnd {
    if let Some(reason) = take_text(&mut record, "skipped") {
        return StepEnd::Skipped(reason);
    }
    match record.remove("raised") {
        Some(raised) => serde_json::from_value(raised).map_or_else(
            |error| StepEnd::Skipped(format!("left an exception that cannot be read: {error}")),
            StepEnd::Raised,
        ),
        None => StepEnd::Returned(record.remove("returned").unwrap_or_default()),
    }
}

fn take_text(record: &mut Map<String, Value>, key: &str) -> Option<String> {
    record.remove(key).and_then(|value| value.as_str().map(str::to_owned))
}
