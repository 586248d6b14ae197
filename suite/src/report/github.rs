//! Workflow commands of GitHub Actions: each becomes an annotation of the run.

use super::Style;
use super::finding::{answer, counts, extent, groups, places, plural, title};
use crate::model::{CaseResult, Level, RunRecord, SourceLine, Verdict};

/// What is said, and the line of source that it is said of.
struct Annotation<'a> {
    title: String,
    message: String,
    source: Option<&'a SourceLine>,
}

/// GitHub shows ten annotations of a kind for a step, and drops the rest without a word.
const LIMIT: usize = 10;

pub(super) fn write(record: &RunRecord, style: Style) -> String {
    let (mut errors, mut warnings, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for results in groups(record, Verdict::Fail) {
        let list = if results[0].level == Level::Must { &mut errors } else { &mut warnings };
        list.push(finding(&results));
    }
    errors.extend(groups(record, Verdict::Error).iter().map(|results| finding(results)));
    for must in &record.unverified_must {
        let place = format!("{} on {}", must.subject, must.interpreter);
        let (title, message) = (format!("not verified: {}", must.case), format!("{place}: {}", must.reason));
        errors.push(Annotation { title, message, source: None });
    }
    for problem in &record.problems {
        let list = if problem.what == "build" { &mut warnings } else { &mut errors };
        let title = format!("{}: {}", problem.what, problem.r#where);
        list.push(Annotation { title, message: problem.message.clone(), source: None });
    }
    warnings.extend(groups(record, Verdict::StaleDifference).iter().map(|results| finding(results)));
    notices.extend(groups(record, Verdict::Info).iter().map(|results| finding(results)));
    let mut text = String::new();
    for (kind, list) in [("error", errors), ("warning", warnings), ("notice", notices)] {
        // The last line says what happened as a whole, and is a notice too.
        let limit = if kind == "notice" { LIMIT - 1 } else { LIMIT };
        // One that says how many there are takes the place of what GitHub would drop.
        let shown = if list.len() > limit { limit - 1 } else { list.len() };
        for annotation in &list[..shown] {
            let manifest = style.manifest.map(|file| format!("file={},", property(file)));
            let line = |it: &SourceLine| format!("file={},line={},", property(&it.file), it.line);
            let place = annotation.source.map(line).or(manifest).unwrap_or_default();
            command(&mut text, kind, &place, &annotation.title, &annotation.message);
        }
        let more = list.len() - shown;
        if more > 0 {
            let message = format!("{more} more {}; the other reports have them all", plural(more as u64, kind));
            command(&mut text, kind, "", "capsule-conformance", &message);
        }
    }
    let summary = match record.planned {
        0 => extent(record),
        _ => format!("{}: {}", extent(record), counts(record)),
    };
    command(&mut text, "notice", "", &format!("capsule-conformance: {}", answer(record)), &summary);
    text
}

/// What the same findings say, at the line of the first.
fn finding<'a>(results: &[&'a CaseResult]) -> Annotation<'a> {
    let first = results[0];
    let word = if first.verdict == Verdict::Fail { first.level.word() } else { first.verdict.word() };
    let fields = [
        ("expected", first.expected.as_deref()),
        ("seen", first.observed.as_deref()),
        ("detail", Some(first.message.as_str()).filter(|it| !it.is_empty())),
        ("why", first.why.as_deref()),
        ("where", Some(places(results, 3).as_str())),
        ("rerun", Some(first.rerun.as_str())),
    ]
    .map(|(word, text)| text.map(|text| format!("{word}: {text}")));
    let lines: Vec<String> = fields.into_iter().flatten().collect();
    let title = format!("{word} {} {}", title(first), first.subject);
    Annotation { title, message: lines.join("\n"), source: first.source.as_ref() }
}

fn command(text: &mut String, kind: &str, place: &str, title: &str, message: &str) {
    text.push_str(&format!("::{kind} {place}title={}::{}\n", property(title), data(message)));
}

/// The escapes of a command's message, as `@actions/core` writes them.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace('\u{1b}', "")
}

/// The escapes of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
