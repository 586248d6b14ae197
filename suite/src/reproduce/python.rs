//! Values and paths as Python writes them.

use serde_json::Value;

/// A string literal.
pub(super) fn text(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            '\n' => literal.push_str("\\n"),
            letter if letter.is_control() => literal.push_str(&format!("\\x{:02x}", u32::from(letter))),
            letter => literal.push(letter),
        }
    }
    literal + "\""
}

/// The bytes of a hexadecimal text as a literal.
pub(super) fn bytes(hex: &str) -> String {
    let mut literal = String::from("b\"");
    for byte in crate::embedded::unhex(hex) {
        match byte {
            b'"' | b'\\' => literal.extend(['\\', char::from(byte)]),
            b' '..=b'~' => literal.push(char::from(byte)),
            other => literal.push_str(&format!("\\x{other:02x}")),
        }
    }
    literal + "\""
}

/// A value that a step returned, or was expected to return; none for what only a name of a type is known of.
pub(super) fn value(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(it) => text(it),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(self::value).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Object(table) if table.len() == 1 => bytes(table.get("hex")?.as_str()?),
        Value::Object(_) => return None,
    })
}

/// What leads from one object to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// By an attribute's name; a dict is entered by it too.
    Name(String),
    /// By what stands in brackets, as it is written there.
    Key(String),
}

/// The parts of a path: `module.table['key']` has three.
pub(super) fn parts(path: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('[') {
            let end = end_of_bracket(behind);
            parts.push(Part::Key(behind[..end].to_owned()));
            rest = behind.get(end + 1..).unwrap_or_default();
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            parts.push(Part::Name(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    parts
}

/// Where the bracket ends whose inside this is; what stands in quotes may hold others.
fn end_of_bracket(inside: &str) -> usize {
    let quote = inside.chars().next().filter(|it| "'\"".contains(*it));
    let mut quoted = quote.is_some();
    let mut escaped = false;
    for (at, letter) in inside.char_indices().skip(usize::from(quoted)) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            letter if Some(letter) == quote => quoted = false,
            ']' if !quoted => return at,
            _ => {}
        }
    }
    inside.len()
}

/// Names that mean something else in a program.
const TAKEN: &[&str] = &["import", "raise", "del", "read", "find", "shown", "capsule", "place", "api", "name"];

/// A step's label as a variable that is none of the modules spoken of.
pub(super) fn variable(label: &str, modules: &[String]) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { ' ' };
    let words: String = label.chars().map(plain).collect();
    let name = words.split_whitespace().collect::<Vec<_>>().join("_");
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let clashes = TAKEN.contains(&name.as_str()) || modules.contains(&name);
    if begins && !clashes { name } else { format!("the_{name}") }
}

/// Whether an expression speaks of a name.
pub(super) fn speaks_of(expression: &str, name: &str) -> bool {
    let in_a_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    expression.match_indices(name).any(|(at, _)| {
        let before = expression[..at].chars().next_back();
        let behind = expression[at + name.len()..].chars().next();
        !before.is_some_and(|it| in_a_word(it) || it == '.') && !behind.is_some_and(in_a_word)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_has_parts() {
        let name = |it: &str| Part::Name(it.to_owned());
        assert_eq!(parts("m.a.b"), [name("m"), name("a"), name("b")]);
        assert_eq!(
            parts("m['a]b'].c[0]"),
            [name("m"), Part::Key("'a]b'".to_owned()), name("c"), Part::Key("0".to_owned())]
        );
    }

    #[test]
    fn literals_are_escaped() {
        assert_eq!(text("a\"b\\\n"), r#""a\"b\\\n""#);
        assert_eq!(bytes("6100ff22"), r#"b"a\x00\xff\"""#);
        assert_eq!(value(&json!([1, null, { "hex": "61" }])).as_deref(), Some(r#"[1, None, b"a"]"#));
        assert_eq!(value(&json!({ "type": "object" })), None);
    }

    #[test]
    fn a_label_is_a_variable_of_its_own() {
        let modules = ["table".to_owned()];
        assert_eq!(variable("(good)", &modules), "good");
        assert_eq!(variable("import", &modules), "the_import");
        assert_eq!(variable("table", &modules), "the_table");
    }

    #[test]
    fn names_are_whole_words() {
        assert!(speaks_of("mydb.zeros(3)", "mydb"));
        assert!(!speaks_of("my_mydb.zeros(3)", "mydb"));
        assert!(!speaks_of("a.mydb", "mydb"));
        assert!(speaks_of("f(a.mydb, mydb)", "mydb"));
    }
}
