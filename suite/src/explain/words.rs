//! Says in words what a case file says in TOML: where it applies, its steps, its expectations.

use serde_json::{Map, Value};

use crate::model::{Acceptance, Actor, Case, Choice, Imports, Step, Then, Vocabulary};

/// Texts as code, with commas between them.
pub(super) fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    texts.into_iter().map(|it| format!("`{}`", it.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A text in one cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The values of a row.
pub(super) fn values(values: &Map<String, Value>) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    values.iter().map(|(key, value)| format!("{key} {}", shown(value))).collect::<Vec<_>>().join(", ")
}

/// Where a case applies.
pub(super) fn given(case: &Case) -> String {
    let given = &case.given;
    let mut lines = Vec::new();
    for (side, choice) in [("Producers", &given.producers), ("Consumers", &given.consumers)] {
        lines.extend(choice.as_ref().map(|choice| format!("{side}: {}", chosen(choice))));
    }
    if lines.is_empty() {
        lines.push("The interpreter alone: the suite plays both sides".to_owned());
    }
    let said: [(bool, String); 10] = [
        (!given.conventions.is_empty(), format!("Capsules of these conventions: {}", list(&given.conventions))),
        (!given.names.is_empty(), format!("Capsules with these names: {}", list(&given.names))),
        (given.baseline, "What an earlier release handed out, as `baseline` recorded it".to_owned()),
        (given.eager, "Consumers that take it when they are imported".to_owned()),
        (given.arguments, "Capsules that are handed over to the consumer".to_owned()),
        (given.once, "Taking the capsule passes its ownership".to_owned()),
        (given.fresh, "A new interpreter for each pairing".to_owned()),
        (!given.flags.is_empty(), format!("Flags of the interpreter: {}", list(&given.flags))),
        (given.shutdown, "The pairing ends by the interpreter's shutdown".to_owned()),
        (given.interpreters.is_some(), format!("Interpreters: {}", list(&given.interpreters))),
    ];
    lines.extend(said.into_iter().filter(|(holds, _)| *holds).map(|(_, line)| line));
    lines.extend(given.destructor.map(|wanted| {
        let word = if wanted { "with" } else { "without" };
        format!("Of a target's capsules those {word} a destructor")
    }));
    lines.extend(given.imports.map(|imports| match imports {
        Imports::Required => "Capsules that the consumer imports by name and cannot do without".to_owned(),
        Imports::Optional => "Capsules that the consumer imports by name and may do without".to_owned(),
        Imports::Any => "Capsules that the consumer imports by name".to_owned(),
    }));
    lines.extend(given.table.map(|table| match table {
        Acceptance::Accepted => "Tables that the consumer's declared policy accepts".to_owned(),
        Acceptance::Refused => "Tables that the consumer's declared policy refuses".to_owned(),
    }));
    lines.into_iter().map(|line| format!("- {line}.\n")).collect()
}

fn chosen(choice: &Choice) -> String {
    let mut words = Vec::new();
    if choice.all {
        words.push("every clean fixture, and targets that can do the steps".to_owned());
    }
    if choice.declaring {
        words.push("whoever declares which versions of a table it accepts".to_owned());
    }
    if choice.wanted {
        words.push("one that makes what the consumer takes".to_owned());
    }
    if choice.targets {
        words.push("targets".to_owned());
    }
    if !choice.stems.is_empty() {
        words.push(list(&choice.stems));
    }
    words.join("; ")
}

/// The steps, numbered.
pub(super) fn steps(case: &Case, vocabulary: &Vocabulary) -> String {
    let line = |(index, step): (usize, &Step)| format!("{}. {}\n", index + 1, step_in_words(step, vocabulary));
    let lines: String = case.when.iter().enumerate().map(line).collect();
    if lines.is_empty() { "None: it is judged by how the process ends.\n".to_owned() } else { lines }
}

fn step_in_words(step: &Step, vocabulary: &Vocabulary) -> String {
    let by = step.by.unwrap_or(Actor::World);
    let verb = vocabulary.verb(by, &step.verb);
    let mut text = format!("{} `{}`", actor(by), step.verb);
    let default = |key: &str| {
        let known = verb.and_then(|verb| verb.args.iter().find(|it| it.key == key));
        known.and_then(|it| it.default.as_ref())
    };
    let told = step.args.iter().filter(|(key, value)| default(key) != Some(value));
    let args: Vec<String> = told.map(|(key, value)| format!("{key} {}", shown(value))).collect();
    if !args.is_empty() {
        text.push_str(&format!(" with {}", args.join(", ")));
    }
    if step.label != step.verb {
        text.push_str(&format!(", as `{}`", step.label));
    }
    if step.thread.is_some() {
        text.push_str(", on a second thread");
    }
    if let Some(class) = &step.handling {
        text.push_str(&format!(", while `{class}` is being handled"));
    }
    if let Some(condition) = &step.condition {
        text.push_str(&format!(", if `{condition}` returned"));
    }
    if let Some(other) = &step.unless {
        text.push_str(&format!(", unless `{other}` returned"));
    }
    if let Some(verb) = verb {
        text.push_str(&format!(" — {}", verb.summary));
    }
    text
}

fn actor(by: Actor) -> &'static str {
    match by {
        Actor::Producer => "producer",
        Actor::Consumer => "consumer",
        Actor::Probe => "probe",
        Actor::World => "worker",
    }
}

/// A value as code: what a step refers to by its label, a name by its text, a step inside a step as a call.
fn shown(value: &Value) -> String {
    format!("`{}`", plain(value))
}

fn plain(value: &Value) -> String {
    let Some(table) = value.as_object() else {
        return match value {
            Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
            Value::Null => "NULL".to_owned(),
            other => other.to_string(),
        };
    };
    let single = || table.iter().next().filter(|_| table.len() == 1);
    match single() {
        Some((key, Value::String(label))) if key == "ref" => label.clone(),
        Some((key, text)) if key == "text" => plain(text),
        Some((key, Value::String(digits)))
            if key == "hex" && digits.len() > 8 && digits.bytes().all(|it| it == b'0') =>
        {
            format!("{} zero bytes", digits.len() / 2)
        }
        Some((key, Value::String(digits))) if key == "hex" => format!("the bytes {digits}"),
        _ if table.contains_key("do") => inner_step(table),
        _ => {
            let items: Vec<String> = table.iter().map(|(key, item)| format!("{key}: {}", plain(item))).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

fn inner_step(table: &Map<String, Value>) -> String {
    let word = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
    let by = if word("by").is_empty() { String::new() } else { format!("{} ", word("by")) };
    let args = table.get("args").and_then(Value::as_object);
    let args: Vec<String> = args.into_iter().flatten().map(|(key, value)| format!("{key} {}", plain(value))).collect();
    format!("{by}{}({})", word("do"), args.join(", "))
}

/// The expectations; a step that nothing is said of must complete.
pub(super) fn expectations(case: &Case) -> String {
    let mut lines: String = case.then.iter().map(|then| format!("- {}.\n", expectation(then))).collect();
    if case.then.iter().all(|then| then.end.is_none()) {
        lines.push_str("- Every other step completes, and the process ends as it should.\n");
    }
    lines
}

fn expectation(then: &Then) -> String {
    let mut text = if let Some(end) = &then.end {
        format!("The process ends with `{end}`")
    } else if let Some(event) = &then.event {
        event_in_words(then, event)
    } else {
        let item = then.item.as_ref().map(|item| format!("item {} of ", shown(item))).unwrap_or_default();
        format!("{item}`{}` {}", then.step.as_deref().unwrap_or_default(), outcome(then))
    };
    if let Some(step) = &then.without {
        text.push_str(&format!(", where `{step}` has nothing to do"));
    }
    text
}

fn event_in_words(then: &Then, event: &str) -> String {
    let fields = |table: &Map<String, Value>| {
        table.iter().map(|(key, value)| format!("{key} {}", shown(value))).collect::<Vec<_>>().join(", ")
    };
    let with = if then.filter.is_empty() { String::new() } else { format!(" with {}", fields(&then.filter)) };
    let during = then.during.as_ref().map(|step| format!(" during `{step}`")).unwrap_or_default();
    match &then.count {
        Some(count) => format!("`{event}`{with} is recorded {} times{during}", shown(count)),
        None => format!("each `{event}`{with}{during} has {}", fields(&then.every)),
    }
}

fn outcome(then: &Then) -> String {
    let mut text = if let Some(value) = &then.returns {
        format!("returns {}", shown(value))
    } else if let Some(label) = &then.same_as {
        format!("returns the same as `{label}`")
    } else if let Some(label) = &then.differs_from {
        format!("returns something else than `{label}`")
    } else if let Some(limit) = then.at_most {
        format!("returns at most `{limit}`")
    } else if let Some(classes) = &then.raises {
        format!("raises {}", classes_in_words(classes))
    } else if then.anything {
        "returns or raises".to_owned()
    } else {
        "completes".to_owned()
    };
    if let Some(classes) = &then.may_raise {
        text.push_str(&format!(", or raises {}", classes_in_words(classes)));
    }
    for (what, class) in [("cause", &then.cause), ("context", &then.context)] {
        match class.as_deref() {
            None => {}
            Some("none") => text.push_str(&format!(", without a {what}")),
            Some(class) => text.push_str(&format!(", with `{class}` as its {what}")),
        }
    }
    if let Some(message) = &then.message {
        text.push_str(&format!(", saying `{message}`"));
    }
    if !then.mentions.is_empty() {
        text.push_str(&format!(", and mentions {}", list(&then.mentions)));
    }
    text
}

fn classes_in_words(classes: &Value) -> String {
    match classes {
        Value::String(class) => format!("`{class}`"),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(classes_in_words).collect();
            items.join(" or ")
        }
        other => shown(other),
    }
}
