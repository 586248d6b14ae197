//! The faults in Python: a module that cannot be imported, a capsule that is not what it should be.

use serde_json::{Map, Value};

use super::python::{Part, bytes, parts, text};
use super::script::Script;
use crate::model::Event;

/// A place of a capsule: the module it starts in, as the run found it, and what leads on from there.
struct Place {
    module: String,
    parts: Vec<Part>,
}

/// The step `fault`.
pub(super) fn write(script: &mut Script, args: &Map<String, Value>, events: &[Event]) -> Result<(), String> {
    let fault = said(args, "fault").unwrap_or_default();
    if fault == "call_fails" {
        return Err("only a tracer can make that call fail".to_owned());
    }
    if !script.repair.is_empty() {
        return Err("there is more than one fault at a time".to_owned());
    }
    let places = places(args, events).ok_or("the run did not tell where the capsule is")?;
    if fault.starts_with("module_") {
        let back: Vec<&str> =
            args.get("back").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        module(script, fault, &places, &back);
        return Ok(());
    }
    attribute(script, fault, args, &places)
}

/// The step `repair`.
pub(super) fn repair(script: &mut Script) {
    script.line("# All is well again.");
    for line in std::mem::take(&mut script.repair) {
        script.line(&line);
    }
}

fn said<'a>(args: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    args.get(key).and_then(Value::as_str)
}

fn places(args: &Map<String, Value>, events: &[Event]) -> Option<Vec<Place>> {
    let on = said(args, "on")?;
    let event =
        events.iter().find(|it| it.kind == "fault" && it.fields.get("on").and_then(Value::as_str) == Some(on))?;
    let aliases = args.get("aliases").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let modules = event.fields.get("modules").and_then(Value::as_array)?.iter().filter_map(Value::as_str);
    let place = |(path, module): (&str, &str)| {
        let parts = parts(path).split_off(module.split('.').count());
        Place { module: module.to_owned(), parts }
    };
    Some([on].into_iter().chain(aliases).zip(modules).map(place).collect())
}

fn module(script: &mut Script, fault: &str, places: &[Place], back: &[&str]) {
    let mut names: Vec<&str> = places.iter().map(|it| it.module.as_str()).collect();
    names.dedup();
    let names: Vec<String> = names.into_iter().map(text).collect();
    script.line(&format!("# {}: {}.", fault.replace('_', " "), names.join(", ")));
    script.line(&format!("names = [{}]", names.join(", ")));
    script.line("loaded = {it: sys.modules.pop(it, None) for it in names}");
    let deeper = places.iter().any(|it| it.module.contains('.'));
    if deeper {
        script.line("for parent, _, child in [it.rpartition(\".\") for it in names]:");
        script.line("    if parent in sys.modules:");
        script.line("        vars(sys.modules[parent]).pop(child, None)");
    }
    if fault == "module_blocked" {
        script.line("sys.modules.update(dict.fromkeys(names))");
        script.repair.push("for it in names:\n    del sys.modules[it]".to_owned());
    } else if let [consumer, trigger] = back {
        come_back(script, consumer, Some(*trigger).filter(|it| *it != "import"));
    } else {
        let raising = match fault.strip_prefix("module_raises_") {
            None => "raise ModuleNotFoundError(\"No module named %r\" % name, name=name)".to_owned(),
            Some("syntax_error") => "compile(\"(\", name, \"exec\")".to_owned(),
            Some(words) => format!("raise {}(\"%s cannot be imported\" % name)", class(words)),
        };
        script.line(&format!(
            "\nclass Fault:\n    def find_spec(self, name, path=None, target=None):\n        if name in names:\n            \
             {raising}\n\nfault = Fault()\nsys.meta_path.insert(0, fault)"
        ));
        script.repair.push("sys.meta_path.remove(fault)".to_owned());
    }
    script.repair.push("sys.modules.update({name: module for name, module in loaded.items() if module})".to_owned());
    if deeper {
        script.repair.push(
            "for parent, _, child in [it.rpartition(\".\") for it in names if loaded[it]]:\n    \
             if parent in sys.modules:\n        setattr(sys.modules[parent], child, loaded[parent + \".\" + child])"
                .to_owned(),
        );
    }
}

/// A module that has its consumer at work while it is imported itself, and only then becomes what it is.
fn come_back(script: &mut Script, consumer: &str, trigger: Option<&str>) {
    let trigger = trigger.map(|it| format!("            {it}\n")).unwrap_or_default();
    script.line(&format!(
        "\nclass Fault:\n    def find_spec(self, name, path=None, target=None):\n        \
         return type(sys.__spec__)(name, self) if name in names else None\n\n    \
         def create_module(self, spec):\n        return None\n\n    \
         def exec_module(self, module):\n        name = module.__name__\n        try:\n            \
         import {consumer}\n{trigger}        except Exception:\n            pass\n        \
         names.remove(name)\n        sys.modules[name] = loaded[name]\n        \
         if not loaded[name]:\n            del sys.modules[name]\n            __import__(name)\n\n\
         sys.meta_path.insert(0, Fault())"
    ));
}

/// `value_error` is `ValueError`.
fn class(words: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    words.split('_').filter(|word| !word.is_empty()).map(capital).collect()
}

fn attribute(script: &mut Script, fault: &str, args: &Map<String, Value>, places: &[Place]) -> Result<(), String> {
    let first = places.first().ok_or("the run did not tell where the capsule is")?;
    script.line(&format!("# {}: {}.", fault.replace('_', " "), said(args, "on").unwrap_or_default()));
    script.line(&format!("import {}", first.module));
    let original = first.value(script);
    script.line(&format!("original = {original}"));
    let raising = said(args, "raises").unwrap_or("ValueError");
    let replacement = match fault {
        "attribute_absent" | "attribute_raises" | "getattr_raises" => "",
        "none" => "None",
        "int" => "42",
        _ => {
            stand_in(script, fault, args)?;
            "replacement"
        }
    };
    for (index, place) in places.iter().enumerate() {
        let (spoil, repair) = match fault {
            "attribute_absent" => place.change(script, None),
            "attribute_raises" => place.raise(script, index, raising)?,
            "getattr_raises" => place.raise_by_getattr(raising)?,
            _ => place.change(script, Some(replacement)),
        };
        if index == 0 {
            script.line(&spoil);
            script.repair.push(repair);
        } else {
            // What is loaded only later was never spoiled.
            let spoiled = format!("spoiled_{index}");
            script.line(&format!("{spoiled} = {} in sys.modules", text(&place.module)));
            let only_if = |lines: &str| format!("if {spoiled}:\n    {}", lines.replace('\n', "\n    "));
            script.line(&only_if(&spoil));
            script.repair.push(only_if(&repair));
        }
    }
    Ok(())
}

/// A part as what stands in a bracket.
pub(super) fn key(part: &Part) -> String {
    match part {
        Part::Name(name) => text(name),
        Part::Key(key) => key.clone(),
    }
}

impl Place {
    /// What holds the last part.
    fn holder(&self, script: &mut Script) -> String {
        let between = &self.parts[..self.parts.len().saturating_sub(1)];
        if between.is_empty() {
            return format!("sys.modules[{}]", text(&self.module));
        }
        script.need("find");
        let keys: Vec<String> = between.iter().map(key).collect();
        format!("find({}, {})", text(&self.module), keys.join(", "))
    }

    /// An attribute of the module itself, as Python writes it.
    fn plain(&self) -> Option<String> {
        match self.parts.as_slice() {
            [Part::Name(name)] => Some(format!("sys.modules[{}].{name}", text(&self.module))),
            _ => None,
        }
    }

    fn value(&self, script: &mut Script) -> String {
        if let Some(plain) = self.plain() {
            return plain;
        }
        script.need("find");
        let keys: Vec<String> = self.parts.iter().map(key).collect();
        format!("find({}, {})", text(&self.module), keys.join(", "))
    }

    /// Puts a value there, or deletes what is there; and how to undo that.
    fn change(&self, script: &mut Script, value: Option<&str>) -> (String, String) {
        if let Some(plain) = self.plain() {
            let spoil = value.map_or_else(|| format!("del {plain}"), |it| format!("{plain} = {it}"));
            return (spoil, format!("{plain} = original"));
        }
        script.need("put");
        let holder = self.holder(script);
        let last = self.parts.last().map(key).unwrap_or_default();
        let value = value.map(|it| format!(", {it}")).unwrap_or_default();
        (format!("put({holder}, {last}{value})"), format!("put({holder}, {last}, original)"))
    }

    /// Makes the module's own function for what it does not have raise.
    fn raise_by_getattr(&self, class: &str) -> Result<(String, String), String> {
        let (Some(plain), Some(Part::Name(name))) = (self.plain(), self.parts.last()) else {
            return Err("of nothing but a module is a function asked for what it does not have".to_owned());
        };
        let holder = format!("sys.modules[{}]", text(&self.module));
        let spoil = format!(
            "def look_up(wanted):\n    raise {class}(wanted) if wanted == {} else AttributeError(wanted)\n\ndel \
             {plain}\n{holder}.__getattr__ = look_up",
            text(name)
        );
        Ok((spoil, format!("{plain} = original\ndel {holder}.__getattr__")))
    }

    /// Makes the look-up raise.
    fn raise(&self, script: &mut Script, index: usize, class: &str) -> Result<(String, String), String> {
        let Some(Part::Name(name)) = self.parts.last() else {
            return Err("looking up a key runs no code".to_owned());
        };
        let holder = self.holder(script);
        let was = format!("class_{index}");
        let spoil = format!(
            "def look_up(*_):\n    raise {class}({quoted})\n\n{was} = type({holder})\nif issubclass({was}, type):\n    \
             {holder}.{name} = type(\"OnLookUp\", (), {{\"__get__\": look_up}})()\nelse:\n    \
             {holder}.__class__ = type({was}.__name__, ({was},), {{{quoted}: property(look_up)}})",
            quoted = text(name),
        );
        let undo = format!(
            "if issubclass({was}, type):\n    {holder}.{name} = original\nelse:\n    {holder}.__class__ = {was}"
        );
        Ok((spoil, undo))
    }
}

/// Another capsule, in the variable `replacement`.
fn stand_in(script: &mut Script, fault: &str, args: &Map<String, Value>) -> Result<(), String> {
    for helper in ["capsule", "place", "api"] {
        script.need(helper);
    }
    let name_of = "api(\"PyCapsule_GetName\", ctypes.c_char_p, ctypes.py_object)(original)";
    match fault {
        "unnamed" => script.line("replacement = capsule(place(bytes(64), access=0), None)"),
        "misnamed" => {
            script.line(&format!("wrong = b\"misnamed_by_the_suite.\" + ({name_of} or b\"\").rpartition(b\".\")[2]"));
            script.line("replacement = capsule(place(bytes(64), access=0), wrong)");
        }
        "table" => {
            let recipe = args.get("table").and_then(Value::as_object).ok_or("there is no recipe of a table")?;
            match said(recipe, "name") {
                Some(name) => script.line(&format!("name = {}", bytes(name))),
                None => script.line(&format!("name = {name_of}")),
            }
            let pointer = "api(\"PyCapsule_GetPointer\", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)";
            script.line(&format!("pointer = {pointer}(original, {name_of})"));
            let sealed = args.get("sealed").and_then(Value::as_u64);
            let made = table(script, recipe, "pointer", sealed)?;
            script.line(&format!("replacement = capsule({made}, name)"));
        }
        other => return Err(format!("nobody wrote down `{other}` in plain Python")),
    }
    Ok(())
}

/// Writes down a table of a recipe; the address of it.
fn table(
    script: &mut Script,
    recipe: &Map<String, Value>,
    original: &str,
    sealed: Option<u64>,
) -> Result<String, String> {
    let size = recipe.get("size").and_then(Value::as_u64).unwrap_or_default();
    let edits: Vec<&Value> = recipe.get("edits").and_then(Value::as_array).into_iter().flatten().collect();
    let tail = said(recipe, "tail").unwrap_or_default();
    if size == 0 && edits.is_empty() && tail.is_empty() {
        return Ok(original.to_owned());
    }
    script.import("ctypes");
    script.line(&format!("table = bytearray(ctypes.string_at({original}, {size}))"));
    for edit in edits {
        let offset = edit.get("offset").and_then(Value::as_u64).unwrap_or_default();
        let new = match (edit.get("hex").and_then(Value::as_str), edit.get("trap").and_then(Value::as_str)) {
            (Some(hex), _) => bytes(hex),
            (_, Some(slot)) => {
                script.need("trap");
                format!("trap({})", text(slot))
            }
            _ if edit.get("answer").is_some() => {
                script.need("answer");
                format!("answer({})", edit["answer"])
            }
            _ => return Err("a table that leads to another table takes more than a few lines".to_owned()),
        };
        script.line(&format!("new = {new}\ntable[{offset}:{offset} + len(new)] = new"));
    }
    let tail = if tail.is_empty() { String::new() } else { format!(" + {}", bytes(tail)) };
    let access = match sealed.or_else(|| recipe.get("sealed").and_then(Value::as_u64)) {
        Some(1) => 0,
        Some(2) => 1,
        _ => 3,
    };
    Ok(format!("place(bytes(table){tail}, access={access})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_said_in_words() {
        assert_eq!(class("keyboard_interrupt"), "KeyboardInterrupt");
        assert_eq!(class("value_error"), "ValueError");
    }
}
