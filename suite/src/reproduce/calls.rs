//! The probe's calls of the capsule API in Python, by ctypes.

use serde_json::{Map, Value};

use super::python::bytes;
use super::script::Script;

/// Verb, C function, what it returns, what it takes, and the arguments of the step in that order.
type Call = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const CALLS: &[Call] = &[
    (
        "get_pointer",
        "PyCapsule_GetPointer",
        "ctypes.c_void_p",
        "ctypes.py_object, ctypes.c_char_p",
        &["capsule", "name"],
    ),
    ("get_name", "PyCapsule_GetName", "ctypes.c_char_p", "ctypes.py_object", &["capsule"]),
    ("get_name_address", "PyCapsule_GetName", "ctypes.c_void_p", "ctypes.py_object", &["capsule"]),
    ("is_valid", "PyCapsule_IsValid", "ctypes.c_int", "ctypes.py_object, ctypes.c_char_p", &["capsule", "name"]),
    ("import_capsule", "PyCapsule_Import", "ctypes.c_void_p", "ctypes.c_char_p, ctypes.c_int", &["name", "no_block"]),
    ("set_name", "PyCapsule_SetName", "ctypes.c_int", "ctypes.py_object, ctypes.c_char_p", &["capsule", "name"]),
];

/// The expression for a call of the probe's.
pub(super) fn write(
    script: &mut Script,
    verb: &str,
    args: &Map<String, Value>,
    argument: &dyn Fn(&Value) -> Result<String, String>,
) -> Result<String, String> {
    if args.get("pending").is_some_and(|it| !it.is_null()) {
        return Err("an error that is set while C is called takes an extension module of its own".to_owned());
    }
    let said = |key: &str| args.get(key).map_or_else(|| Ok("None".to_owned()), argument);
    let number = |key: &str| args.get(key).and_then(Value::as_u64).unwrap_or_default();
    match verb {
        "new" => return new(script, args, &said),
        "place" => {
            script.need("place");
            let access = [3, 0, 1].get(usize::try_from(number("sealed")).unwrap_or_default()).copied().unwrap_or(3);
            return Ok(format!("place({}, access={access})", said("payload")?));
        }
        "read" => {
            script.import("ctypes");
            return Ok(format!("ctypes.string_at({} + {}, {})", said("address")?, number("offset"), said("size")?));
        }
        "check_exact" => return Ok(format!("type({}).__name__ == \"PyCapsule\"", said("capsule")?)),
        _ => {}
    }
    let Some((_, function, result, takes, keys)) = CALLS.iter().find(|it| it.0 == verb) else {
        return Err(format!("`{verb}` of the probe is C, and more than a few lines of it"));
    };
    script.need("api");
    let given: Result<Vec<String>, String> = keys.iter().map(|key| said(key)).collect();
    let call = format!("api(\"{function}\", {result}, {takes})({})", given?.join(", "));
    Ok(if verb == "is_valid" { format!("bool({call})") } else { call })
}

fn new(
    script: &mut Script,
    args: &Map<String, Value>,
    said: &dyn Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    script.need("capsule");
    let destructor = match args.get("destructor").and_then(Value::as_str).unwrap_or("none") {
        "none" => "",
        "record" => {
            script.need("destroyed");
            ", record"
        }
        other => return Err(format!("the destructor `{other}` is C")),
    };
    Ok(format!("capsule({}, {}{destructor})", said("pointer")?, said("name")?))
}

/// An argument that is bytes, or no name; none if it is something else.
pub(super) fn literal(value: &Value) -> Option<String> {
    let table = value.as_object()?;
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    if let Some(hex) = text("hex") {
        return Some(bytes(hex));
    }
    if let Some(plain) = text("text") {
        return Some(bytes(&crate::embedded::hex(plain.as_bytes())));
    }
    if let (Some(piece), Some(times)) = (text("repeat"), table.get("times").and_then(Value::as_u64)) {
        return Some(format!("{} * {times}", bytes(&crate::embedded::hex(piece.as_bytes()))));
    }
    table.contains_key("null").then(|| "None".to_owned())
}
