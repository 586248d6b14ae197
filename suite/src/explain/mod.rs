//! Explains a case to people: what it demands, why, where that is written, and what wrong and right code look like.
//!
//! Pure: the catalogue and the fixtures' sources in, Markdown out. The examples are the defect that must fail the case and the
//! clean implementation of what it overrides, so they are compiled and tested with the suite.

mod cut;
mod example;
mod words;

use globset::GlobBuilder;

use crate::diagnose::nearest;
use crate::model::{Binds, Case, Catalogue, Difference, Level};

pub use example::{Example, Language, examples};

/// What was asked about is no case, or several without being a pattern.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Nothing is called so.
    #[error("`{asked}` is no case; the nearest is `{near}`")]
    Unknown {
        /// As the user wrote it.
        asked: String,
        /// The most like it.
        near: String,
    },
    /// The end of several ids.
    #[error("`{asked}` may be {}; write more of it, or a pattern", several(.known))]
    Several {
        /// As the user wrote it.
        asked: String,
        /// What it may be.
        known: Vec<String>,
    },
    /// It has the signs of a pattern, and is none.
    #[error("`{asked}` is no pattern: {reason}")]
    Pattern {
        /// As the user wrote it.
        asked: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The first few of many.
fn several(known: &[String]) -> String {
    let more = known.len().saturating_sub(3);
    let shown = known.iter().take(3).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" or ");
    if more > 0 { format!("{shown} or one of {more} more") } else { shown }
}

/// Where a page is read, which tells what its links look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// On a terminal: paths within the project.
    Terminal,
    /// In `docs/cases/<family>/`: links that lead there.
    Document,
}

/// The cases that are meant: by id, by a pattern, or by the end of an id that only one has. What a report writes behind the id,
/// the row and the pairing, may stand there too.
///
/// # Errors
///
/// Nothing is meant, or more than one without a pattern.
pub fn find<'a>(catalogue: &'a Catalogue, asked: &str) -> Result<Vec<&'a Case>, ExplainError> {
    let id = asked.split(['[', '/']).next().unwrap_or(asked);
    if let Some(case) = catalogue.cases.iter().find(|case| case.id == id) {
        return Ok(vec![case]);
    }
    let is_pattern = asked.contains(['*', '?', '[', '{']);
    let found: Vec<&Case> = if is_pattern {
        let glob = GlobBuilder::new(asked).build();
        let glob =
            glob.map_err(|error| ExplainError::Pattern { asked: asked.to_owned(), reason: error.to_string() })?;
        let glob = glob.compile_matcher();
        catalogue.cases.iter().filter(|case| glob.is_match(&case.id)).collect()
    } else {
        catalogue.cases.iter().filter(|case| !asked.is_empty() && case.id.ends_with(asked)).collect()
    };
    match found.as_slice() {
        [] => {
            let fact = |id: &'a str| id.split_once("::").map_or(id, |(_, fact)| fact);
            let ids = catalogue.cases.iter().map(|case| case.id.as_str());
            // Whoever leaves the family out is told of the nearest fact.
            let near = if asked.contains("::") {
                nearest(asked, ids)
            } else {
                nearest(asked, ids.clone().map(fact)).and_then(|near| ids.clone().find(|id| fact(id) == near))
            };
            Err(ExplainError::Unknown { asked: asked.to_owned(), near: near.unwrap_or_default().to_owned() })
        }
        [_, _, ..] if !is_pattern => {
            let known = found.iter().map(|case| case.id.clone()).collect();
            Err(ExplainError::Several { asked: asked.to_owned(), known })
        }
        _ => Ok(found),
    }
}

/// The page of one case.
pub fn page(catalogue: &Catalogue, case: &Case, reader: Reader) -> String {
    let mut text = format!("# {}\n\n{}.\n\n", case.id, case.summary.trim_end_matches('.'));
    text.push_str(&format!("- Level: `{}`, {}\n", case.level.word(), meaning(case.level)));
    text.push_str(&format!("- Binds: {}\n- Source: <{}>\n", bound(case.binds), case.spec));
    text.push_str(&format!("\n## Why\n\n{}\n", case.why));
    text.push_str(&format!("\n## Where it applies\n\n{}", words::given(case)));
    text.push_str(&format!("\n## Steps\n\n{}", words::steps(case, &catalogue.vocabulary)));
    text.push_str(&format!("\n## What must come of it\n\n{}", words::expectations(case)));
    rows(&mut text, case);
    differences(&mut text, catalogue.differences.iter().filter(|it| it.case == case.id));
    for example in examples(catalogue, case) {
        show(&mut text, &example, reader);
    }
    proof(&mut text, catalogue, case);
    text.push_str(&format!(
        "\n## Run it\n\n```text\ncapsule-conformance --case '{id}'\ncapsule-conformance --case '{id}' --target MODULE\n```\n",
        id = case.id
    ));
    text
}

/// The pages of all cases by path below `docs/cases`, and the list of them.
pub fn documents(catalogue: &Catalogue) -> Vec<(String, String)> {
    let mut index = format!(
        "# Cases\n\nAll {} cases, written by `capsule-conformance explain --write docs/cases` from the case files and the \
         fixtures.\n`capsule-conformance explain CASE` shows one on the terminal.\n",
        catalogue.cases.len()
    );
    let mut documents = Vec::new();
    let mut family = "";
    for case in &catalogue.cases {
        let (of, fact) = case.id.split_once("::").unwrap_or(("", &case.id));
        if of != family {
            family = of;
            index.push_str(&format!("\n## {family}\n\n| case | level | binds | |\n| --- | --- | --- | --- |\n"));
        }
        let path = format!("{of}/{fact}.md");
        let (level, binds, summary) = (case.level.word(), bound(case.binds), words::cell(&case.summary));
        index.push_str(&format!("| [{fact}]({path}) | {level} | {binds} | {summary} |\n"));
        documents.push((path, page(catalogue, case, Reader::Document)));
    }
    documents.push(("README.md".to_owned(), index));
    documents
}

fn meaning(level: Level) -> &'static str {
    match level {
        Level::Must => "users crash, lose data or get a lie",
        Level::Should => "convention and good manners",
        Level::Info => "worth knowing, never a failure",
    }
}

fn bound(side: Binds) -> &'static str {
    match side {
        Binds::Runtime => "the interpreter",
        Binds::Producer => "the producer",
        Binds::Consumer => "the consumer",
    }
}

fn rows(text: &mut String, case: &Case) {
    let named: Vec<String> = case
        .rows
        .iter()
        .filter_map(|row| {
            let name = row.name.as_ref()?;
            let level = row.level.unwrap_or(case.level).word();
            Some(format!("| `{name}` | {level} | {} |\n", words::cell(&words::values(&row.values))))
        })
        .collect();
    if !named.is_empty() {
        text.push_str("\n## Rows\n\nEach is a pairing of its own.\n\n| row | level | values |\n| --- | --- | --- |\n");
        text.push_str(&named.concat());
    }
}

fn differences<'a>(text: &mut String, differences: impl Iterator<Item = &'a Difference>) {
    let lines: Vec<String> = differences
        .map(|it| {
            let interpreter = it.interpreter.as_deref().unwrap_or("every interpreter");
            let rows = if it.rows.is_empty() { String::new() } else { format!(" in {}", words::list(&it.rows)) };
            let link = it.link.as_ref().map(|link| format!(" (<{link}>)")).unwrap_or_default();
            format!("- `{interpreter}`{rows}: seen `{}`; {}{link}.\n", it.seen, it.reason)
        })
        .collect();
    if !lines.is_empty() {
        text.push_str(&format!("\n## Interpreters that differ\n\n{}", lines.concat()));
    }
}

fn show(text: &mut String, example: &Example, reader: Reader) {
    let (language, word) = (example.language.name(), example.language.fence());
    let link = |path: &str| match reader {
        Reader::Terminal => format!("`{path}`"),
        Reader::Document => format!("[{path}](../../../{path})"),
    };
    let mut one = |title: &str, said: &str, pieces: &[(String, String)]| {
        text.push_str(&format!("\n## {title} in {language}\n\n{said}\n"));
        if pieces.iter().any(|(_, code)| code.contains("traced_")) {
            text.push_str("Each `traced_…` is the function of the capsule API of that name, and a line in the log.\n");
        }
        for (path, code) in pieces {
            text.push_str(&format!("\nFrom {}:\n\n```{word}\n{code}\n```\n", link(path)));
        }
    };
    one("Wrong", &format!("{}.", example.fault.trim_end_matches('.')), std::slice::from_ref(&example.wrong));
    one("Right", "What it overrides, done right.", &example.right);
}

fn proof(text: &mut String, catalogue: &Catalogue, case: &Case) {
    if case.catches.is_empty() {
        return;
    }
    text.push_str("\n## What proves it\n\nThese defect fixtures must fail it, and do in every run of the tests:\n\n");
    for catch in &case.catches {
        let sources = catalogue.fixtures.iter().filter(|it| it.stem == catch.stem);
        let builds: Vec<&str> = sources.flat_map(|it| &it.builds).map(|build| build.word()).collect();
        let rows = if catch.rows.is_empty() { String::new() } else { format!(", in {}", words::list(&catch.rows)) };
        text.push_str(&format!("- `{}` ({}{rows}): seen `{}`\n", catch.stem, builds.join(", "), catch.seen));
    }
}
