//! Knows the layout language of tables: `ptr sin`, `i32 version`, `char[8] tag`, `ptr tail?`.

/// One field of a C struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its type's word.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// It may be NULL or zero.
    pub optional: bool,
}

const KINDS: &[&str] = &["ptr", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "size"];

/// Reads one field.
///
/// # Errors
///
/// A sentence that says what is wrong and what is known.
pub fn parse_field(text: &str) -> Result<Field, String> {
    let usage = || format!("`{text}` is not a field; write `TYPE NAME` with one of {}, char[N]", KINDS.join(", "));
    let (kind, name) = text.trim().split_once(' ').ok_or_else(usage)?;
    let array = kind.strip_prefix("char[").and_then(|rest| rest.strip_suffix(']')).map(str::parse::<u32>);
    if !KINDS.contains(&kind) && !matches!(array, Some(Ok(1..))) {
        return Err(usage());
    }
    let (name, optional) = name.trim().strip_suffix('?').map_or((name.trim(), false), |name| (name, true));
    let legal = name.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric());
    if name.is_empty() || !legal {
        return Err(usage());
    }
    Ok(Field { kind: kind.to_owned(), name: name.to_owned(), optional })
}
