//! Knows how to say what is wrong with a TOML file: path, line, and the nearest known key.

use std::fmt;

/// One mistake in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file, as the reader knows it.
    pub path: String,
    /// From 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// Turns a TOML error into a mistake, `offset` lines further down (a header inside another file).
pub fn toml_mistake(path: &str, text: &str, offset: usize, error: &toml::de::Error) -> Mistake {
    let line = error.span().map(|span| line_at(text, span.start) + offset);
    Mistake { path: path.to_owned(), line, message: with_nearest(error.message()) }
}

/// A mistake at the first line that contains `needle`.
pub fn mistake_at(path: &str, text: &str, needle: &str, message: impl Into<String>) -> Mistake {
    let line = text.lines().position(|line| line.contains(needle)).map(|index| index + 1);
    Mistake { path: path.to_owned(), line, message: message.into() }
}

fn line_at(text: &str, position: usize) -> usize {
    text.get(..position).unwrap_or(text).matches('\n').count() + 1
}

/// serde says "unknown field `x`, expected one of `a`, `b`"; people want the one they meant.
fn with_nearest(message: &str) -> String {
    let first_line = message.lines().next().unwrap_or(message);
    let mut quoted = first_line.split('`').skip(1).step_by(2);
    if !first_line.starts_with("unknown ") {
        return first_line.to_owned();
    }
    let Some(unknown) = quoted.next() else {
        return first_line.to_owned();
    };
    match nearest(unknown, quoted) {
        Some(known) => format!("unknown key `{unknown}`; did you mean `{known}`?"),
        None => first_line.to_owned(),
    }
}

/// The candidate most like `word`.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its keys matter")]
    struct Sample {
        summary: String,
        level: String,
    }

    #[test]
    fn an_unknown_key_is_answered_with_its_line_and_the_nearest_known_one() {
        let text = "level = \"must\"\nsummry = \"x\"\n";
        let error = toml::from_str::<Sample>(text).expect_err("the key is unknown");
        let mistake = toml_mistake("a.toml", text, 0, &error);
        assert_eq!(mistake.to_string(), "a.toml:2: unknown key `summry`; did you mean `summary`?");
    }

    #[test]
    fn a_missing_key_is_said_as_it_is() {
        let text = "level = \"must\"\n";
        let error = toml::from_str::<Sample>(text).expect_err("a key is missing");
        assert!(toml_mistake("a.toml", text, 0, &error).message.contains("missing field `summary`"));
    }
}
