//! What a step must do, in Python: what is not as expected is said, and ends the program.

use serde_json::Value;

use super::python::{self, text};
use super::script::Script;
use crate::model::{Outcome, Pairing, Raises, Step, StepExpectation, Tally};

/// Events that Python sees too, and the list that holds them.
const SEEN: &[(&str, &str)] = &[("destroyed", "destroyed"), ("trap", "trapped")];

/// A statement that is watched.
pub(super) struct Watch {
    pub(super) variable: String,
    /// What has to be imported for it: a part of what may fail.
    pub(super) imports: Vec<String>,
    pub(super) statement: String,
}

/// What every program begins with; an error if the finding is one that Python cannot see.
pub(super) fn begin(script: &mut Script, pairing: &Pairing, observed: &str) -> Result<(), String> {
    script.need("shown");
    let is_seen = |event: &str| SEEN.iter().any(|(name, _)| *name == event);
    let unseen = pairing.expectation.events.iter().find(|it| observed.starts_with(&it.event) && !is_seen(&it.event));
    match unseen {
        Some(event) => Err(format!("`{}` is seen by the suite's own instrument alone", event.event)),
        None if observed.starts_with("PyCapsule_") => {
            Err("a call that lies about its error is seen in C alone".to_owned())
        }
        None => {
            if ["signal", "silent", "exit", "timeout"].iter().any(|end| observed.starts_with(end)) {
                script.line(
                    "print(\"if nothing follows, the process died or hangs, and that is the finding\", flush=True)\n",
                );
            }
            Ok(())
        }
    }
}

/// What every program ends with.
pub(super) fn finish(script: &mut Script, pairing: &Pairing) {
    script.line("");
    for wanted in &pairing.expectation.events {
        let list = SEEN.iter().find(|(event, _)| *event == wanted.event).map(|(_, list)| *list);
        let (Some(list), Tally::Count(count)) = (list, &wanted.tally) else { continue };
        // What nothing was made for cannot have happened.
        if wanted.during.is_some() || !script.needs(if list == "trapped" { "trap" } else { list }) {
            continue;
        }
        let chosen = match wanted.filter.get("slot").and_then(Value::as_str) {
            Some(slot) => format!("{list}.count({})", text(slot)),
            None => format!("len({list})"),
        };
        script.line(&format!("if {chosen} != {count}:"));
        script.line(&format!("    shown(\"{}: %d time(s)\" % {chosen})", wanted.event));
    }
    if pairing.script.shutdown {
        script.line("print(\"not shown so far; what is left is the interpreter's shutdown\", flush=True)");
    } else {
        script.line("print(\"not shown\", flush=True)\nos._exit(0)");
    }
}

impl Watch {
    /// Writes the statement with what must come of it.
    pub(super) fn write(&self, script: &mut Script, pairing: &Pairing, step: &Step) -> Result<(), String> {
        let body = |script: &mut Script| {
            script.lines(&self.imports);
            script.line(&self.statement);
        };
        // What is taken for granted.
        if step.label.starts_with('(') {
            body(script);
            return Ok(());
        }
        let wanted: Vec<&StepExpectation> =
            pairing.expectation.steps.iter().filter(|it| it.step == step.label).collect();
        let flag = format!("{}_returned", self.variable);
        let is_asked_for =
            pairing.script.steps.iter().any(|it| [&it.condition, &it.unless].contains(&&Some(step.label.clone())));
        if is_asked_for {
            script.line(&format!("{flag} = False"));
        }
        script.line("try:");
        script.inside(body);
        script.line("except BaseException as error:");
        let refused: Vec<String> = match wanted.as_slice() {
            [] => vec!["True".to_owned()],
            wanted => wanted.iter().filter_map(|it| refusal(script, &it.outcome)).collect(),
        };
        script.inside(|script| match refused.as_slice() {
            [] => script.line("pass"),
            [always] if always == "True" => script.line("shown(error)"),
            some => script.line(&format!("if {}:\n    shown(error)", some.join(" or "))),
        });
        let checks: Result<Vec<String>, String> =
            wanted.iter().filter_map(|it| self.check(script, it).transpose()).collect();
        let checks = checks?;
        if is_asked_for || !checks.is_empty() {
            script.line("else:");
            script.inside(|script| {
                if is_asked_for {
                    script.line(&format!("{flag} = True"));
                }
                script.lines(&checks);
            });
        }
        Ok(())
    }

    /// What is looked at of a value that was returned.
    fn check(&self, script: &mut Script, wanted: &StepExpectation) -> Result<Option<String>, String> {
        let item = wanted.item.as_ref().map(|it| format!("[{}]", python::value(it).unwrap_or_default()));
        let item = item.unwrap_or_default();
        let found = format!("{}{item}", self.variable);
        let outcome = match &wanted.outcome {
            Outcome::OrRaises(outcome, _) => outcome,
            outcome => outcome,
        };
        let other = |label: &str| format!("{}{item}", python::variable(label, &script.modules));
        let wrong = match outcome {
            Outcome::Raises(_) if self.statement.starts_with(&format!("{} =", self.variable)) => {
                return Ok(Some(format!("shown(\"returned %r\" % ({},))", self.variable)));
            }
            Outcome::Raises(_) => return Ok(Some("shown(\"returned\")".to_owned())),
            Outcome::Returns(value) => {
                let value = python::value(value).ok_or("the value asked for has no word in Python")?;
                script.need("same");
                format!("not same({found}, {value})")
            }
            Outcome::SameAs(label) => format!("{found} != {}", other(label)),
            Outcome::DiffersFrom(label) => format!("{found} == {}", other(label)),
            Outcome::AtMost(limit) => format!("{found} > {limit}"),
            Outcome::Completes | Outcome::Anything | Outcome::OrRaises(..) => return Ok(None),
        };
        Ok(Some(format!("if {wrong}:\n    shown(\"returned %r\" % ({found},))")))
    }
}

/// The condition under which an exception is not the one asked for; none if any is fine.
fn refusal(script: &mut Script, outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Anything => None,
        Outcome::Raises(raises) => Some(wrong(script, raises)),
        Outcome::OrRaises(outcome, raises) => {
            let also = wrong(script, raises);
            match &**outcome {
                Outcome::Raises(first) => Some(format!("({}) and ({also})", wrong(script, first))),
                _ => Some(also),
            }
        }
        _ => Some("True".to_owned()),
    }
}

fn wrong(script: &mut Script, raises: &Raises) -> String {
    if raises.exact {
        let classes: Vec<String> = raises.classes.iter().map(|it| text(it)).collect();
        let mut wrong = vec![format!("type(error).__name__ not in [{}]", classes.join(", "))];
        wrong.extend(raises.message.as_ref().map(|it| format!("str(error) != {}", text(it))));
        wrong.extend(raises.mentions.iter().map(|it| silent(script, it)));
        return wrong.join(" or ");
    }
    let (paths, builtins): (Vec<&String>, Vec<&String>) = raises.classes.iter().partition(|it| it.contains('.'));
    let mut right = Vec::new();
    if !builtins.is_empty() {
        let names: Vec<&str> = builtins.iter().map(|it| it.as_str()).collect();
        let classes = names.join(", ");
        right.push(format!("isinstance(error, {})", if names.len() > 1 { format!("({classes})") } else { classes }));
    }
    if !paths.is_empty() {
        script.need("is_one_of");
        let paths: Vec<String> = paths.iter().map(|it| text(it)).collect();
        right.push(format!("is_one_of(error, {})", paths.join(", ")));
    }
    let mut wrong: Vec<String> = raises.never.iter().map(|it| format!("isinstance(error, {it})")).collect();
    wrong.push(match right.as_slice() {
        [one] => format!("not {one}"),
        several => format!("not ({})", several.join(" or ")),
    });
    wrong.extend(raises.message.as_ref().map(|it| format!("str(error) != {}", text(it))));
    wrong.extend(raises.mentions.iter().map(|it| silent(script, it)));
    wrong.join(" or ")
}

/// That a text does not mention a piece; a number is meant as a whole.
fn silent(script: &mut Script, piece: &str) -> String {
    if piece.parse::<u128>().is_ok() {
        script.need("mentions");
        return format!("not mentions(error, {piece})");
    }
    format!("{} not in str(error)", text(piece))
}
