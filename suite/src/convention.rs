//! Decides which convention a capsule follows, by where it is found and what it is called.

use crate::model::{Convention, NameShape};

/// The convention of a capsule found at `path` with this name.
pub fn classify(conventions: &[Convention], path: &str, name: Option<&[u8]>) -> String {
    let text = name.map(String::from_utf8_lossy);
    conventions
        .iter()
        .find(|rule| {
            let path_fits = rule.path.as_ref().is_none_or(|glob| glob.is_match(path));
            let shape_fits = match rule.name {
                NameShape::Any => true,
                NameShape::Null => text.is_none(),
                NameShape::Dotted => text.as_deref().is_some_and(is_dotted),
                NameShape::Last => text.as_deref().is_some_and(|it| path.rsplit('.').next() == Some(it)),
            };
            let listed =
                rule.names.is_empty() || text.as_deref().is_some_and(|it| rule.names.iter().any(|known| known == it));
            path_fits && shape_fits && listed
        })
        .map_or_else(|| "label".to_owned(), |rule| rule.id.clone())
}

fn is_dotted(name: &str) -> bool {
    let identifier = |part: &str| {
        part.chars()
            .enumerate()
            .all(|(index, letter)| letter == '_' || letter.is_alphabetic() || index > 0 && letter.is_alphanumeric())
            && !part.is_empty()
    };
    name.contains('.') && name.split('.').all(identifier)
}

#[cfg(test)]
mod tests {
    use super::is_dotted;

    #[test]
    fn a_path_is_identifiers_with_dots_between() {
        assert!(is_dotted("fast_math._C_API"));
        assert!(!is_dotted("fast_math"));
        assert!(!is_dotted("int (int, double.x)"));
        assert!(!is_dotted("a..b"));
        assert!(!is_dotted("1a.b"));
    }
}
