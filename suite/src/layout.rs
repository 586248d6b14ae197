//! Knows the layout language of tables, `ptr sin`, `i32 version`, `char[8] tag`, `ptr tail?`, and where C puts each field.

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

/// A field and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The field.
    pub field: Field,
    /// Where it begins.
    pub offset: usize,
    /// How many bytes it has.
    pub size: usize,
}

/// A C struct.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// In the order of their offsets.
    pub fields: Vec<Placed>,
    /// `sizeof`, padding at the end included.
    pub size: usize,
    /// `_Alignof`.
    pub alignment: usize,
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
    if !KINDS.contains(&kind) && array(kind).is_none() {
        return Err(usage());
    }
    let (name, optional) = name.trim().strip_suffix('?').map_or((name.trim(), false), |name| (name, true));
    let legal = name.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric());
    if name.is_empty() || !legal {
        return Err(usage());
    }
    Ok(Field { kind: kind.to_owned(), name: name.to_owned(), optional })
}

/// Places the fields as a C compiler does.
///
/// # Errors
///
/// As for [`parse_field`], and a name that two fields have.
pub fn lay_out(texts: &[String]) -> Result<Layout, String> {
    let mut layout = Layout { alignment: 1, ..Layout::default() };
    for text in texts {
        let field = parse_field(text)?;
        if layout.find(&field.name).is_some() {
            return Err(format!("two fields are called `{}`", field.name));
        }
        let size = size_of(&field.kind);
        let alignment = if array(&field.kind).is_some() { 1 } else { size };
        let offset = layout.size.next_multiple_of(alignment);
        layout.alignment = layout.alignment.max(alignment);
        layout.size = offset + size;
        layout.fields.push(Placed { field, offset, size });
    }
    layout.size = layout.size.next_multiple_of(layout.alignment);
    Ok(layout)
}

/// How many bytes a type has, on the 64-bit platforms that the suite runs on.
fn size_of(kind: &str) -> usize {
    match kind {
        "i8" | "u8" => 1,
        "i16" | "u16" => 2,
        "i32" | "u32" | "f32" => 4,
        _ => array(kind).unwrap_or(8),
    }
}

fn array(kind: &str) -> Option<usize> {
    let length = kind.strip_prefix("char[")?.strip_suffix(']')?.parse().ok()?;
    (length > 0).then_some(length)
}

impl Layout {
    /// The field of that name.
    pub fn find(&self, name: &str) -> Option<&Placed> {
        self.fields.iter().find(|it| it.field.name == name)
    }

    /// The size that a struct which ends with this offset has.
    pub fn padded(&self, end: usize) -> usize {
        end.next_multiple_of(self.alignment.max(1))
    }
}

impl Placed {
    /// The offset behind it.
    pub fn end(&self) -> usize {
        self.offset + self.size
    }

    /// It holds an address.
    pub fn is_pointer(&self) -> bool {
        self.field.kind == "ptr"
    }

    /// It holds a whole number.
    pub fn is_integer(&self) -> bool {
        self.is_signed() || self.field.kind == "size" || self.field.kind.starts_with('u')
    }

    fn is_signed(&self) -> bool {
        self.field.kind.starts_with('i')
    }

    /// The bytes of a number in this field; none if it does not fit.
    pub fn bytes(&self, value: i128) -> Option<Vec<u8>> {
        let bits = 8 * self.size;
        let (least, most) =
            if self.is_signed() { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1_i128 << bits) - 1) };
        (self.is_integer() && (least..=most).contains(&value)).then(|| value.to_le_bytes()[..self.size].to_vec())
    }

    /// The number that stands in this field if each of its bytes is this one.
    pub fn filled(&self, byte: u8) -> i128 {
        let mut bytes = [if self.is_signed() && byte >= 0x80 { 0xff } else { 0 }; 16];
        bytes[..self.size].fill(byte);
        i128::from_le_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(texts: &[&str]) -> (Vec<usize>, usize, usize) {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let layout = lay_out(&texts).expect("a valid layout");
        (layout.fields.iter().map(|it| it.offset).collect(), layout.size, layout.alignment)
    }

    #[test]
    fn fields_stand_where_a_c_compiler_puts_them() {
        assert_eq!(offsets(&["ptr sin", "ptr cos", "ptr sqrt", "i32 version"]), (vec![0, 8, 16, 24], 32, 8));
        assert_eq!(offsets(&["u16 major", "u16 minor", "ptr sin"]), (vec![0, 2, 8], 16, 8));
        assert_eq!(offsets(&["u8 a", "i16 b", "u8 c", "f64 d", "u8 e"]), (vec![0, 2, 4, 8, 16], 24, 8));
        assert_eq!(offsets(&["char[5] tag", "u16 version"]), (vec![0, 6], 8, 2));
        assert_eq!(offsets(&["char[3] tag"]), (vec![0], 3, 1));
        assert_eq!(offsets(&["u32 version", "size size"]), (vec![0, 8], 16, 8));
        assert_eq!(offsets(&[]), (vec![], 0, 1));
    }

    #[test]
    fn a_number_is_written_only_where_it_fits() {
        let layout = lay_out(&["i8 a".to_owned(), "u16 b".to_owned(), "ptr c".to_owned()]).expect("a valid layout");
        let [a, b, c] = layout.fields.as_slice() else { panic!("three fields") };
        assert_eq!(a.bytes(-2), Some(vec![0xfe]));
        assert_eq!(a.bytes(128), None);
        assert_eq!(b.bytes(0x0102), Some(vec![2, 1]));
        assert_eq!(b.bytes(-1), None);
        assert_eq!(c.bytes(1), None, "an address is no number");
        assert_eq!((a.filled(0xdb), b.filled(0xdb)), (-37, 0xdbdb));
    }

    #[test]
    fn two_fields_of_one_name_are_refused() {
        let error = lay_out(&["ptr sin".to_owned(), "i32 sin".to_owned()]).expect_err("a name twice");
        assert_eq!(error, "two fields are called `sin`");
        assert!(parse_field("char[0] tag").is_err());
    }
}
