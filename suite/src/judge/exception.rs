//! Whether an exception is the one that was asked for.

use crate::model::{Raised, Raises};

/// What is wrong with the exception, to be put behind its class and text; none if nothing is.
pub(super) fn wrong_exception(wanted: &Raises, raised: &Raised) -> Option<String> {
    let is = |class: &String| {
        if wanted.exact { raised.r#type == *class } else { raised.mro.contains(class) }
    };
    if wanted.never.iter().any(|class| raised.mro.contains(class)) || !wanted.classes.iter().any(is) {
        return Some(String::new());
    }
    for (what, wanted, seen) in [("cause", &wanted.cause, &raised.cause), ("context", &wanted.context, &raised.context)]
    {
        match (wanted.as_deref(), seen) {
            (None, _) | (Some("none"), None) => {}
            (Some(wanted), Some(seen)) if seen.r#type == *wanted => {}
            (_, Some(seen)) => return Some(format!(" with {} as its {what}", seen.r#type)),
            (_, None) => return Some(format!(" without a {what}")),
        }
    }
    if let Some(message) = &wanted.message
        && raised.message != *message
    {
        return Some(" with another text".to_owned());
    }
    // Whoever reads the exception reads its causes too.
    let told = || std::iter::successors(Some(raised), |it| it.cause.as_deref());
    let missing = wanted.mentions.iter().find(|piece| !told().any(|it| mentions(&it.message, piece)))?;
    Some(format!(" that does not mention `{missing}`"))
}

/// Whether a text contains a piece; a number is meant as a whole, and may be written in hexadecimal.
fn mentions(text: &str, piece: &str) -> bool {
    match piece.parse::<u128>() {
        Ok(number) => numbers(text).contains(&number),
        Err(_) => text.contains(piece),
    }
}

/// The numbers in a text: digits on end, or hexadecimal ones behind `0x`.
fn numbers(text: &str) -> Vec<u128> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        rest = &rest[at..];
        let hexadecimal = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"));
        let (digits, radix) = match hexadecimal.filter(|it| it.starts_with(|letter: char| letter.is_ascii_hexdigit())) {
            Some(digits) => (digits, 16),
            None => (rest, 10),
        };
        let end = digits.find(|letter: char| !letter.is_digit(radix)).unwrap_or(digits.len());
        found.extend(u128::from_str_radix(&digits[..end], radix).ok());
        rest = &digits[end..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_mentioned_as_a_whole() {
        assert!(mentions("needs version 1.2, found 0x1000009", "2"));
        assert!(mentions("needs version 1.2, found 0x1000009", "16777225"));
        assert!(mentions("v2 is not v12", "12"));
        assert!(!mentions("utf-16 needs 12", "1"));
        assert!(!mentions("utf-16 needs 0x21", "2"));
        assert!(mentions("needs fast_math._C_API", "fast_math"));
    }

    fn context(wanted: &str, seen: Option<&str>) -> Option<String> {
        let raised =
            |class: &str| Raised { r#type: class.to_owned(), mro: vec![class.to_owned()], ..Raised::default() };
        let error = Raised { context: seen.map(|class| Box::new(raised(class))), ..raised("ValueError") };
        let classes = vec!["ValueError".to_owned()];
        wrong_exception(&Raises { classes, context: Some(wanted.to_owned()), ..Raises::default() }, &error)
    }

    #[test]
    fn a_cause_mentions_for_what_it_caused() {
        let told = |message: &str, cause: Option<Raised>| Raised {
            r#type: "ImportError".to_owned(),
            mro: vec!["ImportError".to_owned()],
            message: message.to_owned(),
            cause: cause.map(Box::new),
            context: None,
        };
        let mentions = vec!["2".to_owned()];
        let wanted = Raises { classes: vec!["ImportError".to_owned()], mentions, ..Raises::default() };
        assert_eq!(wrong_exception(&wanted, &told("needs math", Some(told("version 2", None)))), None);
        assert!(wrong_exception(&wanted, &told("needs math", Some(told("version 3", None)))).is_some());
    }

    #[test]
    fn a_context_is_wanted_or_unwanted() {
        assert_eq!(context("KeyError", Some("KeyError")), None);
        assert_eq!(context("none", None), None);
        assert_eq!(context("KeyError", None).as_deref(), Some(" without a context"));
        assert_eq!(context("none", Some("KeyError")).as_deref(), Some(" with KeyError as its context"));
    }
}
