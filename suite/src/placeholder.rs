//! Knows what a placeholder looks like: `{row.key}`, `{capsule.path}`, `{label}`.

/// The names between braces: only those that look like placeholders.
pub fn placeholders(text: &str) -> Vec<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .filter(|name| {
            !name.is_empty()
                && name.chars().all(|letter| letter.is_ascii_lowercase() || "._0123456789".contains(letter))
        })
        .collect()
}
