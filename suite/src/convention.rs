//! Decides which convention a capsule follows, by where it is found and what it is called.

use crate::model::{Consumes, Convention, NameShape, Spot};

/// The convention of a capsule found at these places with this name: that of the first rule that fits any of them.
pub fn classify(conventions: &[Convention], places: &[Spot], name: Option<&[u8]>) -> String {
    let text = name.map(String::from_utf8_lossy);
    let fits = |rule: &&Convention| places.iter().any(|place| fits(rule, place, text.as_deref()));
    conventions.iter().find(fits).map_or_else(|| "label".to_owned(), |rule| rule.id.clone())
}

/// An argument whose name is that of a protocol, with what the protocol says of it and the manifest need not.
pub fn understood(conventions: &[Convention], consumes: &Consumes) -> Consumes {
    let mut understood = consumes.clone();
    let name = consumes.name.as_ref().filter(|_| consumes.call.is_some() && consumes.protocol.is_none());
    let rule = conventions.iter().find(|rule| rule.protocol && name.is_some_and(|name| rule.names.contains(name)));
    let Some((rule, name)) = rule.zip(name) else {
        return understood;
    };
    understood.follows = Some(rule.id.clone());
    if let Some(used) = &rule.used {
        understood.once = true;
        understood.used_name.get_or_insert_with(|| format!("{used}{name}"));
    }
    understood
}

/// The name in what is written behind an object to have it make a capsule: `__dlpack__` of `__dlpack__()`.
pub fn method(call: &str) -> &str {
    call.split('(').next().unwrap_or(call)
}

fn fits(rule: &Convention, place: &Spot, name: Option<&str>) -> bool {
    let path_fits = rule.path.as_ref().is_none_or(|glob| glob.is_match(&place.path));
    let how_fits = rule.how.is_empty() || rule.how.contains(&place.how);
    let shape_fits = match rule.name {
        NameShape::Any => true,
        NameShape::Null => name.is_none(),
        NameShape::Dotted => name.is_some_and(is_dotted),
        NameShape::Last => name.is_some() && name == place.path.rsplit('.').next(),
        NameShape::Path => name == Some(place.path.as_str()),
        NameShape::Signature => name.is_some_and(is_signature),
    };
    let listed = rule.names.is_empty() || name.is_some_and(|name| rule.names.iter().any(|known| known == name));
    path_fits && how_fits && shape_fits && listed
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

/// A C type, a space or a star, and parameters in parentheses: `double (int, void *)`.
fn is_signature(name: &str) -> bool {
    let Some((returned, parameters)) = name.split_once('(').filter(|_| name.ends_with(')')) else {
        return false;
    };
    let word = |letter: char| letter.is_alphanumeric() || "_ *:<>,&".contains(letter);
    let starts = returned.starts_with(|it: char| it == '_' || it.is_alphabetic());
    starts && returned.ends_with([' ', '*']) && returned.chars().all(word) && parameters.matches(')').count() > 0
}

#[cfg(test)]
mod tests {
    use super::{is_dotted, is_signature};

    #[test]
    fn a_path_is_identifiers_with_dots_between() {
        assert!(is_dotted("fast_math._C_API"));
        assert!(!is_dotted("fast_math"));
        assert!(!is_dotted("int (int, double.x)"));
        assert!(!is_dotted("a..b"));
        assert!(!is_dotted("1a.b"));
    }

    #[test]
    fn a_signature_has_a_type_and_parameters() {
        assert!(is_signature("double (double, int *, void *)"));
        assert!(is_signature("PyObject *(PyObject *, int __pyx_skip_dispatch)"));
        assert!(!is_signature("cffi"));
        assert!(!is_signature("f(x)"));
        assert!(!is_signature(" (int)"));
        assert!(!is_signature("double (int) and more"));
    }
}
