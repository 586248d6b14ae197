//! Cuts functions out of the fixtures' sources. Their formatting is checked, so lines tell where a function begins and ends.

/// A C source without the header that registers it.
pub(super) fn without_header(text: &str) -> &str {
    let mut rest = text;
    while let Some(line) = rest.strip_prefix("//!") {
        rest = line.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest.trim()
}

/// The names that come so in lines that begin so: `#define OVERRIDE_X`, `#include "x"`.
pub(super) fn after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(prefix)).map(|rest| rest.trim_end_matches('"').trim()).collect()
}

/// The names of the functions that a C source defines.
pub(super) fn c_functions(text: &str) -> impl Iterator<Item = &str> {
    let letter = |it: char| it == '_' || it.is_ascii_alphanumeric();
    text.lines().filter(|line| !line.ends_with(';')).filter_map(move |line| {
        let (name, _) = line.split_once('(')?;
        (!name.is_empty() && name.chars().all(letter)).then_some(name)
    })
}

/// A C function by its name, with the comment above it, else with that above its declaration.
pub(super) fn c_function(text: &str, name: &str, declared: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let named = lines.iter().position(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))?;
    let end = named + lines.get(named..)?.iter().position(|line| *line == "}")?;
    let begin = named.saturating_sub(1);
    let mut comment = comment_above(&lines, begin, "//");
    if comment.is_empty() {
        let declares = |line: &&str| {
            line.starts_with("static") && [" ", "*"].iter().any(|it| line.contains(&format!("{it}{declared}(")))
        };
        comment = lines.iter().position(declares).map(|at| comment_above(&lines, at, "//")).unwrap_or_default();
    }
    Some([comment, lines.get(begin..=end)?].concat().join("\n"))
}

/// The hooks that a Rust fixture overrides: the functions of its `impl`s.
pub(super) fn rust_hooks(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")).filter_map(rust_name).collect()
}

/// A Rust function by its name, with what stands above it, moved to the left.
pub(super) fn rust_function(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let named = lines.iter().position(|line| rust_name(line) == Some(name))?;
    let line = lines.get(named)?;
    let indent = line.len() - line.trim_start().len();
    let margin = line.get(..indent)?;
    let rest = lines.get(named..)?;
    let length = if line.ends_with("{}") { 0 } else { rest.iter().position(|it| *it == format!("{margin}}}"))? };
    let above = comment_above(&lines, named, margin);
    let above: Vec<&str> = above.iter().rev().take_while(|it| is_attached(it, margin)).copied().collect();
    let all = above.into_iter().rev().chain(rest.iter().take(length + 1).copied());
    Some(all.map(|line| line.get(indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n"))
}

/// What a function calls by name, not as a method, if it is so short that the work must be done there.
pub(super) fn called_by_a_short_one(function: &str) -> Vec<&str> {
    let code = function.lines().filter(|line| !line.trim_start().starts_with(['/', '#']));
    let body: Vec<&str> = code.skip_while(|line| !line.ends_with('{')).skip(1).filter(|it| it.trim() != "{").collect();
    if body.len() > 4 {
        return Vec::new();
    }
    body.into_iter().flat_map(calls).collect()
}

fn calls(line: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices(['(', ':']) {
        let (before, after) = line.split_at(at);
        if !after.starts_with('(') && !after.starts_with("::<") {
            continue;
        }
        let begin = before.rfind(|it: char| it != '_' && !it.is_ascii_alphanumeric()).map_or(0, |it| it + 1);
        let (owner, name) = before.split_at(begin);
        if !name.is_empty() && !owner.ends_with('.') && !owner.ends_with("Self::") {
            names.push(name);
        }
    }
    names
}

fn rust_name(line: &str) -> Option<&str> {
    let (before, name) = line.split_once("fn ")?;
    let is_a_word = |it: char| it.is_ascii_alphabetic() || "\"() ".contains(it);
    let name = Some(name).filter(|_| before.chars().all(is_a_word) && (before.is_empty() || before.ends_with(' ')))?;
    name.split_once(['(', '<']).map(|(name, _)| name)
}

fn is_attached(line: &str, margin: &str) -> bool {
    line.strip_prefix(margin).is_some_and(|rest| rest.starts_with("///") || rest.starts_with("#["))
}

/// The lines right above `end` that begin so and are not empty.
fn comment_above<'a, 'b>(lines: &'b [&'a str], end: usize, prefix: &str) -> &'b [&'a str] {
    let above = lines.get(..end).unwrap_or_default();
    let count = above.iter().rev().take_while(|line| line.starts_with(prefix) && !line.trim().is_empty()).count();
    above.get(end - count..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: &str = "//! role = \"consumer\"\n\n#define OVERRIDE_TAKE\n#include \"consumer.h\"\n\n// Takes it.\n\
                     static int take(int x);\n\nstatic int\nother(int x)\n{\n    return x;\n}\n\nstatic inline int\n\
                     default_take(int x)\n{\n    if (x) {\n    }\n    return other(x);\n}\n";

    #[test]
    fn a_c_function_comes_with_what_its_declaration_says() {
        assert_eq!(after(C, "#define OVERRIDE_"), ["TAKE"]);
        assert_eq!(c_functions(C).collect::<Vec<_>>(), ["other", "default_take"]);
        let found = c_function(C, "default_take", "take").expect("it is there");
        assert_eq!(
            found,
            "// Takes it.\nstatic inline int\ndefault_take(int x)\n{\n    if (x) {\n    }\n    return other(x);\n}"
        );
        assert!(without_header(C).starts_with("#define"));
        assert_eq!(c_function(C, "take", "take"), None);
    }

    #[test]
    fn a_rust_function_comes_with_its_doc_comment_and_without_its_margin() {
        let text = "pub trait Consumer {\n    fn first() {}\n\n    /// Takes it.\n    #[inline]\n    pub fn take<T>(x: T) {\n        \
                    // SAFETY: fine.\n        payload::end(x);\n        Self::first();\n    }\n}\n";
        assert_eq!(rust_hooks(text), ["first", "take"]);
        let found = rust_function(text, "take").expect("it is there");
        assert!(found.starts_with("/// Takes it.\n#[inline]\npub fn take<T>") && found.ends_with("\n}"), "{found}");
        assert_eq!(called_by_a_short_one(&found), ["end"]);
        assert_eq!(rust_function(text, "first").as_deref(), Some("fn first() {}"));
    }

    #[test]
    fn a_long_function_does_its_work_itself() {
        let long = "fn f() {\n    a();\n    b();\n    c();\n    d();\n    e();\n}";
        assert!(called_by_a_short_one(long).is_empty());
    }
}
