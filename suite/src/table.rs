//! Decides what a declared table is: where its version and size stand, and which versions a consumer accepts.

use std::fmt;

use crate::layout::{self, Layout, Placed};
use crate::model::Table;

/// One number, or a major and a minor one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub Vec<i128>);

/// Which versions a consumer accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// Every one.
    Any,
    /// The name stands for the version: equal bytes, or nothing.
    Name,
    /// The same major version with any minor one.
    Major,
    /// This one or later.
    AtLeast(Version),
    /// This one alone.
    Exactly(Version),
    /// From the first to the second, both included.
    Between(Version, Version),
}

/// A `[produces.table]` or `[consumes.table]` that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The struct.
    pub layout: Layout,
    /// The fields that hold the version: none, one or two.
    pub version: Vec<Placed>,
    /// One field holds both parts: the major one is above this many bits.
    pub split: Option<u32>,
    /// The version that the participant was built with.
    pub current: Option<Version>,
    /// The fields that only versions from N on have; N is the minor part where there are two.
    pub since: Vec<(Placed, i128)>,
    /// What a consumer accepts.
    pub policy: Option<Policy>,
    /// The field that holds the struct's size.
    pub size: Option<Placed>,
    /// The field that leads to an older table, or is NULL.
    pub chain: Option<Placed>,
}

/// Makes sense of a declaration.
///
/// # Errors
///
/// The first thing that is wrong with it.
pub fn shape(table: &Table) -> Result<Shape, String> {
    let layout = layout::lay_out(&table.layout)?;
    let version = version_fields(table, &layout)?;
    let find = |key: &str, name: &str| {
        layout.find(name).cloned().ok_or_else(|| format!("`{key}` names `{name}`, which is not in `layout`"))
    };
    let parts = if table.split.is_some() { 2 } else { version.len() };
    if table.split.is_some_and(|bits| version.len() != 1 || !(1..8 * version[0].size).contains(&(bits as usize))) {
        return Err("`split` packs two parts into one `version` field, and leaves bits for both".to_owned());
    }
    let current = table.current.as_ref().map(number_or_two).transpose()?;
    let policy = table.accepts.as_deref().map(policy).transpose()?;
    let wrong = |version: &Version| parts > 0 && version.0.len() != parts;
    if current.iter().chain(policy.iter().flat_map(Policy::bounds)).any(wrong) {
        return Err(format!("a version of this table has {parts} part(s), in `current` and in `accepts`"));
    }
    if policy == Some(Policy::Major) && (parts != 2 || current.is_none()) {
        return Err("`accepts = \"major\"` needs a `current` version of two parts".to_owned());
    }
    let since: Result<Vec<_>, String> =
        table.since.iter().map(|(name, least)| Ok((find("since", name)?, i128::from(*least)))).collect();
    let size = table.size.as_deref().map(|name| find("size", name)).transpose()?;
    if size.as_ref().is_some_and(|it| !it.is_integer()) {
        return Err("`size` names a field that is no integer".to_owned());
    }
    let chain = table.chain.as_deref().map(|name| find("chain", name)).transpose()?;
    if chain.as_ref().is_some_and(|it| !it.is_pointer()) {
        return Err("`chain` names a field that is no `ptr`".to_owned());
    }
    let shape = Shape { layout, version, split: table.split, current, since: since?, policy, size, chain };
    if shape.current.as_ref().is_some_and(|it| !shape.version.is_empty() && shape.version_bytes(it).is_none()) {
        return Err("`current` does not fit into the `version` field".to_owned());
    }
    Ok(shape)
}

/// Where the fields that tell the version stand.
fn version_fields(table: &Table, layout: &Layout) -> Result<Vec<Placed>, String> {
    let names: Vec<&str> = match &table.version {
        None => Vec::new(),
        Some(toml::Value::String(name)) => vec![name],
        Some(toml::Value::Array(names)) if names.len() == 2 => names.iter().filter_map(toml::Value::as_str).collect(),
        Some(_) => return Err("`version` is a field's name, or two".to_owned()),
    };
    names
        .into_iter()
        .map(|name| match layout.find(name) {
            Some(placed) if placed.is_integer() => Ok(placed.clone()),
            Some(_) => Err(format!("`version` names `{name}`, which is no integer")),
            None => Err(format!("`version` names `{name}`, which is not in `layout`")),
        })
        .collect()
}

fn number_or_two(value: &toml::Value) -> Result<Version, String> {
    let numbers = match value {
        toml::Value::Integer(number) => vec![i128::from(*number)],
        toml::Value::Array(items) => items.iter().filter_map(toml::Value::as_integer).map(i128::from).collect(),
        _ => Vec::new(),
    };
    if matches!(numbers.len(), 1 | 2) {
        Ok(Version(numbers))
    } else {
        Err("`current` is a number, or two like [1, 4]".to_owned())
    }
}

/// Reads `any`, `name`, `major`, `>=N`, `==N` or `N..M`; a version of two parts is written `1.4`.
fn policy(text: &str) -> Result<Policy, String> {
    let usage = || format!("`{text}` is no policy; write `accepts` like >=2, ==2, 2..4, ==1.4, major, name or any");
    let version = |text: &str| {
        let parts: Result<Vec<i128>, _> = text.trim().split('.').map(str::parse).collect();
        parts.map(Version).map_err(|_| usage())
    };
    match text {
        "any" => Ok(Policy::Any),
        "name" => Ok(Policy::Name),
        "major" => Ok(Policy::Major),
        _ => match (text.strip_prefix(">="), text.strip_prefix("=="), text.split_once("..")) {
            (Some(least), ..) => version(least).map(Policy::AtLeast),
            (_, Some(only), _) => version(only).map(Policy::Exactly),
            (.., Some((least, most))) => Ok(Policy::Between(version(least)?, version(most)?)),
            _ => Err(usage()),
        },
    }
}

impl Policy {
    fn bounds(&self) -> Vec<&Version> {
        match self {
            Policy::Any | Policy::Name | Policy::Major => Vec::new(),
            Policy::AtLeast(version) | Policy::Exactly(version) => vec![version],
            Policy::Between(least, most) => vec![least, most],
        }
    }

    /// Whether a table of this version is accepted by whoever was built with `current`.
    pub fn accepts(&self, version: &Version, current: &Version) -> bool {
        match self {
            Policy::Any | Policy::Name => true,
            Policy::Major => version.0.first() == current.0.first(),
            Policy::AtLeast(least) => version >= least,
            Policy::Exactly(only) => version == only,
            Policy::Between(least, most) => (least..=most).contains(&version),
        }
    }
}

impl Version {
    /// The one before: of two parts the minor one is smaller.
    ///
    /// # Errors
    ///
    /// That there is none.
    pub fn earlier(&self) -> Result<Version, String> {
        let mut earlier = self.clone();
        match earlier.0.last_mut() {
            Some(last) if *last > 0 => *last -= 1,
            _ => return Err(format!("version {self} has none before it")),
        }
        Ok(earlier)
    }

    /// The one after: of two parts the minor one is larger.
    #[must_use]
    pub fn later(&self) -> Version {
        let mut later = self.clone();
        if let Some(last) = later.0.last_mut() {
            *last += 1;
        }
        later
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&parts.join("."))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Any => formatter.write_str("any"),
            Policy::Name => formatter.write_str("name"),
            Policy::Major => formatter.write_str("major"),
            Policy::AtLeast(version) => write!(formatter, ">={version}"),
            Policy::Exactly(version) => write!(formatter, "=={version}"),
            Policy::Between(least, most) => write!(formatter, "{least}..{most}"),
        }
    }
}

impl Shape {
    /// What stands in the version fields of a table of this version, by offset; none if it does not fit.
    pub fn version_bytes(&self, version: &Version) -> Option<Vec<(usize, Vec<u8>)>> {
        let numbers = match (self.split, version.0.as_slice()) {
            (Some(bits), [major, minor]) if (0..1 << bits).contains(minor) => vec![(major << bits) | minor],
            (Some(_), _) => return None,
            (None, parts) => parts.to_vec(),
        };
        let placed = self.version.iter().zip(numbers);
        placed.map(|(field, number)| Some((field.offset, field.bytes(number)?))).collect()
    }

    /// The version of a table all of whose bytes are this one.
    pub fn version_of_bytes(&self, byte: u8) -> Version {
        let numbers = self.version.iter().map(|field| field.filled(byte));
        match self.split {
            Some(bits) => Version(numbers.flat_map(|it| [it >> bits, it & ((1 << bits) - 1)]).collect()),
            None => Version(numbers.collect()),
        }
    }

    /// The end of what every version has: its version, its size, and the way to an older table.
    pub fn header(&self) -> usize {
        let fields = self.version.iter().chain(&self.size).chain(&self.chain);
        self.layout.padded(fields.map(Placed::end).max().unwrap_or_default())
    }

    /// The size that a table of this version has.
    pub fn size_at(&self, version: &Version) -> usize {
        let age = version.0.last().copied().unwrap_or_default();
        let later = self.since.iter().filter(|(field, least)| *least > age && field.offset >= self.header());
        let end = later.map(|(field, _)| field.offset).min();
        end.map_or(self.layout.size, |end| self.layout.padded(end)).max(self.header())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Shape, String> {
        shape(&toml::from_str(text).expect("a table"))
    }

    fn accepts(policy_text: &str, version: &[i128], current: &[i128]) -> bool {
        policy(policy_text).expect("a policy").accepts(&Version(version.to_vec()), &Version(current.to_vec()))
    }

    #[test]
    fn a_policy_says_which_versions_are_accepted() {
        assert!(accepts(">=2", &[2], &[3]) && accepts(">=2", &[9], &[3]) && !accepts(">=2", &[1], &[3]));
        assert!(accepts("==2", &[2], &[2]) && !accepts("==2", &[3], &[2]));
        assert!(accepts("2..4", &[4], &[2]) && !accepts("2..4", &[5], &[2]) && !accepts("2..4", &[1], &[2]));
        assert!(accepts("major", &[1, 9], &[1, 4]) && accepts("major", &[1, 0], &[1, 4]));
        assert!(!accepts("major", &[2, 4], &[1, 4]) && !accepts("major", &[0, 4], &[1, 4]));
        assert!(accepts(">=1.4", &[2, 0], &[1, 4]) && !accepts(">=1.4", &[1, 3], &[1, 4]));
        assert!(accepts("any", &[7], &[2]));
        assert!(policy(">=two").is_err());
    }

    #[test]
    fn two_parts_are_one_field_or_two() {
        let one = read("layout = ['u32 v']\nversion = 'v'\nsplit = 16\ncurrent = [1, 4]").expect("a shape");
        assert_eq!(one.version_bytes(&Version(vec![1, 4])), Some(vec![(0, vec![4, 0, 1, 0])]));
        assert_eq!(one.version_bytes(&Version(vec![1, 1 << 16])), None);
        assert_eq!(one.version_of_bytes(0xdb), Version(vec![0xdbdb, 0xdbdb]));
        let two = read("layout = ['u16 a', 'u16 b']\nversion = ['a', 'b']\ncurrent = [1, 4]").expect("a shape");
        assert_eq!(two.version_bytes(&Version(vec![1, 4])), Some(vec![(0, vec![1, 0]), (2, vec![4, 0])]));
    }

    #[test]
    fn an_older_table_ends_before_the_first_later_field() {
        let text = "layout = ['u32 v', 'ptr sin', 'ptr cos', 'ptr tan']\nversion = 'v'\ncurrent = 3
                    since = { cos = 2, tan = 3 }";
        let shape = read(text).expect("a shape");
        let sizes: Vec<usize> = (1..=3).map(|version| shape.size_at(&Version(vec![version]))).collect();
        assert_eq!(sizes, [16, 24, 32]);
        assert_eq!(shape.header(), 8);
    }

    #[test]
    fn no_table_ends_before_its_own_version() {
        let text = "layout = ['ptr sin', 'ptr sqrt', 'i32 v']\nversion = 'v'\ncurrent = 2\nsince = { sqrt = 2 }";
        assert_eq!(read(text).expect("a shape").size_at(&Version(vec![1])), 24);
    }

    #[test]
    fn a_declaration_that_makes_no_sense_is_refused() {
        let refused = |text: &str| read(text).expect_err(text);
        assert!(refused("layout = ['ptr v']\nversion = 'v'").contains("no integer"));
        assert!(refused("layout = ['i32 v']\nversion = 'w'").contains("not in `layout`"));
        assert!(refused("layout = ['i32 v']\nversion = 'v'\ncurrent = [1, 2]").contains("1 part"));
        assert!(refused("layout = ['u8 v']\nversion = 'v'\ncurrent = 300").contains("does not fit"));
        assert!(refused("layout = ['i32 v']\nversion = 'v'\nsplit = 32\ncurrent = [1, 2]").contains("`split`"));
        assert!(refused("layout = ['i32 v']\nversion = 'v'\ncurrent = 1\naccepts = 'major'").contains("two parts"));
        assert!(refused("layout = ['i32 v']\nsize = 'n'").contains("`size`"));
        assert!(refused("layout = ['i32 v']\nchain = 'v'").contains("`chain`"));
    }
}
