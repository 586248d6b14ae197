//! The report for a job summary: the answer, the counts, a table of findings, and how to repeat each.

use super::Style;
use super::finding::{answer, counts, extent, groups, places, title};
use crate::model::{CaseResult, RunRecord, Verdict};

pub(super) fn write(record: &RunRecord, style: Style) -> String {
    let mut text = format!("## capsule-conformance: {}\n\n", answer(record));
    match record.planned {
        0 => text.push_str(&format!("{}.\n", extent(record))),
        _ => text.push_str(&format!("{}: {}.\n", plain(&extent(record)), counts(record))),
    }
    let findings: Vec<Vec<&CaseResult>> = [Verdict::Fail, Verdict::StaleDifference, Verdict::Error, Verdict::Info]
        .into_iter()
        .flat_map(|verdict| groups(record, verdict))
        .collect();
    if !findings.is_empty() {
        text.push_str("\n| level | case | subject | expected | seen |\n| --- | --- | --- | --- | --- |\n");
        for results in &findings {
            text.push_str(&row(results[0], style));
        }
    }
    for results in &findings {
        details(&mut text, results);
    }
    open(&mut text, record);
    text
}

fn row(first: &CaseResult, style: Style) -> String {
    let level = if first.verdict == Verdict::Fail { first.level.word() } else { first.verdict.word() };
    let title = code(&title(first));
    let title = match style.case(&first.case) {
        Some(case) => format!("[{title}]({})", case.spec),
        None => title,
    };
    let expected = first.expected.as_deref().unwrap_or_default();
    let seen = first.observed.as_deref().unwrap_or(&first.message);
    format!("| {level} | {title} | {} | {} | {} |\n", code(&first.subject), code(expected), code(seen))
}

fn details(text: &mut String, results: &[&CaseResult]) {
    let first = results[0];
    text.push_str(&format!("\n<details><summary>{} · {}</summary>\n\n", html(&title(first)), html(&first.subject)));
    if let Some(why) = &first.why {
        text.push_str(&format!("{}\n\n", plain(why)));
    }
    text.push_str(&format!("Where: {}\n", plain(&places(results, 5))));
    if !first.message.is_empty() {
        block(text, &first.message);
    }
    if let Some(output) = first.output.as_ref().filter(|it| !it.trim().is_empty()) {
        block(text, output.trim_end());
    }
    block(text, &first.rerun);
    text.push_str("\n</details>\n");
}

/// What nobody could tell.
fn open(text: &mut String, record: &RunRecord) {
    if record.unverified_must.is_empty() && record.problems.is_empty() {
        return;
    }
    text.push_str("\n### Not verified\n\n");
    for problem in &record.problems {
        text.push_str(&format!("- {}: {}\n", plain(&problem.r#where), plain(&problem.message)));
    }
    for must in &record.unverified_must {
        let (case, subject) = (code(&must.case), code(&must.subject));
        text.push_str(&format!("- {case} for {subject} on {}: {}\n", plain(&must.interpreter), plain(&must.reason)));
    }
}

/// A block of literal text, whatever it holds.
fn block(text: &mut String, content: &str) {
    let fence = "`".repeat(longest_run(content).max(2) + 1);
    text.push_str(&format!("\n{fence}text\n{}\n{fence}\n", visible(content)));
}

/// Literal text within a line or a cell of a table.
fn code(content: &str) -> String {
    let content = visible(content).replace('\n', " ").replace('|', "\\|");
    if content.trim().is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(&content) + 1);
    let space = if content.starts_with('`') || content.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{content}{space}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default()
}

/// Prose of somebody else's, of which no character may become markup.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in visible(text).replace('\n', " ").chars() {
        if "\\`*_{}[]<>#|&~".contains(letter) {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

fn html(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

/// Without what a terminal would obey.
fn visible(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || *letter == '\t' || !letter.is_control()).collect()
}
