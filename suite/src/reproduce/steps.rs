//! Each step of a pairing in Python.

use serde_json::{Map, Value};

use super::calls;
use super::faults;
use super::outcomes::Watch;
use super::python::{parts, speaks_of, text, value, variable};
use super::script::Script;
use crate::model::{Actor, Event, Pairing, Step};

/// A statement, or an expression whose value is kept under the step's label.
enum Said {
    Statement(String),
    Value(String),
}

/// Writes one step, and the check of what it must do.
pub(super) fn write(script: &mut Script, pairing: &Pairing, step: &Step, events: &[Event]) -> Result<(), String> {
    if step.thread.is_some() || step.handling.is_some() {
        return Err("what happens on another thread, or while an exception is handled, takes more lines".to_owned());
    }
    script.line(&format!("\n# {}", step.label.trim_matches(['(', ')'])));
    match (step.by, step.verb.as_str()) {
        (None | Some(Actor::World), "fault") => return faults::write(script, &step.args, events),
        (None | Some(Actor::World), "repair") => {
            faults::repair(script);
            return Ok(());
        }
        _ => {}
    }
    let modules = script.modules.clone();
    let mut before = Vec::new();
    let mut after = Vec::new();
    let (imports, said) = match step.by {
        None | Some(Actor::World) => of_the_world(script, step, &modules, &mut before, &mut after)?,
        Some(Actor::Probe) => {
            let argument = |it: &Value| argument(it, &modules);
            (Vec::new(), Said::Value(calls::write(script, &step.verb, &step.args, &argument)?))
        }
        Some(Actor::Producer | Actor::Consumer) => {
            return Err(format!("`{}` is done by a module of the suite's", step.verb));
        }
    };
    let variable = variable(&step.label, &modules);
    let statement = match said {
        Said::Statement(statement) => statement,
        Said::Value(expression) => format!("{variable} = {expression}"),
    };
    let watch = Watch { variable, imports, statement };
    let variable_of = |label: &String| super::python::variable(label, &modules);
    let condition = step.condition.as_ref().map(|it| format!("{}_returned", variable_of(it)));
    let condition = condition.or(step.unless.as_ref().map(|it| format!("not {}_returned", variable_of(it))));
    let write = |script: &mut Script| -> Result<(), String> {
        script.lines(&before);
        watch.write(script, pairing, step)?;
        script.lines(&after);
        Ok(())
    };
    match condition {
        None => write(script),
        Some(needed) => {
            script.line(&format!("if {needed}:"));
            let mut done = Ok(());
            script.inside(|script| done = write(script));
            done
        }
    }
}

fn said<'a>(args: &'a Map<String, Value>, key: &str) -> &'a str {
    args.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn of_the_world(
    script: &mut Script,
    step: &Step,
    modules: &[String],
    before: &mut Vec<String>,
    after: &mut Vec<String>,
) -> Result<(Vec<String>, Said), String> {
    let args = &step.args;
    let module = said(args, "module");
    let value = |key: &str| argument(args.get(key).unwrap_or(&Value::Null), modules);
    let statement = match step.verb.as_str() {
        "import" => format!("import {module}"),
        "eval" | "create" => return expression(args, modules, before, after),
        "fetch" => {
            script.need("find");
            let keys: Vec<String> = parts(said(args, "path")).iter().map(super::faults::key).collect();
            return Ok((Vec::new(), Said::Value(format!("find({})", keys.join(", ")))));
        }
        "loaded" => return Ok((Vec::new(), Said::Value(format!("{} in sys.modules", text(module))))),
        "drop" if args.get("pending").is_none_or(Value::is_null) => format!("del {}", value("value")?),
        "collect" => {
            script.import("gc");
            "while gc.collect():\n    pass".to_owned()
        }
        "churn" => "for _ in range(3):\n    blocks = [b\"\\xdd\" * size for size in range(16, 4096, 16) for _ in range(20)]\n    \
                    del blocks"
            .to_owned(),
        "unload" => format!(
            "for name in [it for it in sys.modules if (it + \".\").startswith({})]:\n    del sys.modules[name]",
            text(&format!("{module}."))
        ),
        "os_exit" => {
            script.import("os");
            format!("os._exit({})", value("status")?)
        }
        other => return Err(format!("`{other}` takes more than a few lines")),
    };
    Ok((Vec::new(), Said::Statement(statement)))
}

/// An expression of the manifest, with the imports of the modules that it speaks of.
fn expression(
    args: &Map<String, Value>,
    modules: &[String],
    before: &mut Vec<String>,
    after: &mut Vec<String>,
) -> Result<(Vec<String>, Said), String> {
    let expression = said(args, "expression");
    let mut imports = Vec::new();
    let others = args.get("modules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for module in Some(said(args, "module")).into_iter().chain(others) {
        let top = module.split('.').next().unwrap_or_default();
        let import = format!("import {module}");
        if !top.is_empty() && speaks_of(expression, top) && !imports.contains(&import) {
            imports.push(import);
        }
    }
    for (name, given) in args.get("values").and_then(Value::as_object).into_iter().flatten() {
        let source = argument(given, modules)?;
        if source != *name {
            before.push(format!("{name} = {source}"));
            // It was the only reference, and ends with the step.
            if given.get("move") == Some(&Value::Bool(true)) {
                before.push(format!("del {source}"));
            }
            after.push(format!("del {name}"));
        }
    }
    Ok((imports, Said::Value(expression.to_owned())))
}

/// An argument of a step: what another returned, bytes, or a plain value.
fn argument(given: &Value, modules: &[String]) -> Result<String, String> {
    if let Some(label) = given.get("ref").and_then(Value::as_str) {
        let mut source = variable(label, modules);
        for part in given.get("path").and_then(Value::as_array).into_iter().flatten() {
            source.push_str(&format!("[{}]", value(part).unwrap_or_default()));
        }
        return Ok(source);
    }
    calls::literal(given).or_else(|| value(given)).ok_or_else(|| format!("{given} has no word in Python"))
}
