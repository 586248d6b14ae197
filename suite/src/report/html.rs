//! The report as one page for a browser: a grid of all pairings, and all there is to say about each; it fetches nothing.
//!
//! What can be said without a script is written here, escaped; the rest is data that the page's script shows as text.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Style;
use super::finding::{answer, counts, extent};
use crate::model::{CaseResult, RunRecord};

const PAGE: &str = include_str!("html/page.html");
const CSS: &str = include_str!("html/page.css");
const SCRIPT: &str = concat!(
    include_str!("html/data.js"),
    include_str!("html/grid.js"),
    include_str!("html/panel.js"),
    include_str!("html/begin.js")
);

pub(super) fn write(record: &RunRecord, style: Style) -> String {
    let mood = match record.exit_code {
        0 => "good",
        1 => "bad",
        _ => "unclear",
    };
    let title = format!("{} · capsule-conformance", subject(record));
    let values = [
        ("title", escaped(&title)),
        ("css", CSS.to_owned()),
        ("mood", mood.to_owned()),
        ("answer", escaped(&answer(record))),
        ("extent", escaped(&extent(record))),
        ("version", escaped(&record.suite.version)),
        ("cases", record.suite.cases.to_string()),
        ("counts", escaped(&counts(record))),
        ("targets", targets(record)),
        ("open", open(record)),
        ("data", for_a_script(&data(record, style))),
        ("script", SCRIPT.to_owned()),
    ];
    fill(PAGE, &BTreeMap::from(values))
}

/// What the run was about.
fn subject(record: &RunRecord) -> String {
    let mut modules: Vec<&str> = record.targets.iter().map(|it| it.module.as_str()).collect();
    modules.dedup();
    if modules.is_empty() { "fixtures".to_owned() } else { modules.join(", ") }
}

/// A template with each `{{key}}` replaced, once: what is put in is never looked at again.
fn fill(template: &str, values: &BTreeMap<&str, String>) -> String {
    let mut parts = template.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once("}}").unwrap_or(("", part));
        text.push_str(values.get(key).map_or("", String::as_str));
        text.push_str(rest);
    }
    text
}

/// Text of somebody else's, within an element or an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// JSON within a script element, which nothing in it can end or turn into a comment.
fn for_a_script(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The capsules of the targets.
fn targets(record: &RunRecord) -> String {
    let mut text = String::new();
    for target in &record.targets {
        let version = target.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
        let title = format!("{}{version} on {}", target.module, target.interpreter);
        let made = target.produces.iter().map(|it| format!("makes {} ({})", it.path, it.convention));
        let taken = target.consumes.iter().map(|it| format!("takes {}", it.path));
        let lines: String = made.chain(taken).map(|line| format!("<li>{}</li>\n", escaped(&line))).collect();
        let (produces, consumes) = (target.produces.len(), target.consumes.len());
        text.push_str(&format!(
            "<details class=\"note\"><summary>{}: makes {produces}, takes {consumes}</summary>\n<ul>\n{lines}</ul></details>\n",
            escaped(&title)
        ));
    }
    text
}

/// What nobody could tell.
fn open(record: &RunRecord) -> String {
    let problems = record.problems.iter().map(|it| format!("{}: {}", it.r#where, it.message));
    let unverified = record
        .unverified_must
        .iter()
        .map(|it| format!("{} for {} on {}: {}", it.case, it.subject, it.interpreter, it.reason));
    let lines: Vec<String> = problems.chain(unverified).map(|line| format!("<li>{}</li>\n", escaped(&line))).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "<details class=\"note notice\" open><summary>{} not verified</summary>\n<ul>\n{}</ul></details>",
        lines.len(),
        lines.concat()
    )
}

/// The results with each text once, in rows of numbers: the script's order is that of [`row`].
fn data(record: &RunRecord, style: Style) -> Value {
    let mut texts = Texts::default();
    let mut cases: Vec<Value> = Vec::new();
    let mut results: Vec<Value> = Vec::new();
    let mut last = None;
    for result in &record.results {
        // Sorted by id, so the results of a case come together.
        if last != Some(&result.case) {
            last = Some(&result.case);
            let case = style.case(&result.case);
            let of = |said: fn(&crate::model::Case) -> &String| case.map(said);
            cases.push(json!({
                "id": result.case, "summary": of(|it| &it.summary), "spec": of(|it| &it.spec), "why": of(|it| &it.why),
            }));
        }
        results.push(row(cases.len() - 1, result, &mut texts));
    }
    let mut targets: Vec<&str> = record.targets.iter().map(|it| it.module.as_str()).collect();
    targets.dedup();
    let interpreters: Vec<&str> = record.interpreters.iter().map(|it| it.id.as_str()).collect();
    json!({ "targets": targets, "interpreters": interpreters, "cases": cases, "results": results, "texts": texts.all })
}

fn row(case: usize, result: &CaseResult, texts: &mut Texts) -> Value {
    let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let (level, binds) = (result.level.word(), word(json!(result.binds)));
    let verdict = word(json!(result.verdict));
    let mut columns = vec![json!(case)];
    let said = [
        result.row.as_deref(),
        Some(level),
        Some(&verdict),
        result.producer.as_deref(),
        result.consumer.as_deref(),
        Some(&result.interpreter),
        result.by.as_deref(),
        Some(&result.subject),
        result.expected.as_deref(),
        result.observed.as_deref(),
        Some(&result.end),
        Some(&result.message),
        result.why.as_deref(),
        result.output.as_deref(),
        result.phase.map(crate::model::Phase::word),
        Some(&binds),
    ];
    columns.extend(said.into_iter().map(|text| json!(text.map_or(-1, |text| texts.number(text)))));
    // Nearly every rerun line is the same but for the id.
    let rerun: Vec<&str> = result.rerun.splitn(2, result.id.as_str()).collect();
    columns.push(rerun.into_iter().map(|part| texts.number(part)).collect());
    if !result.timeline.is_empty() {
        let moments = result.timeline.iter().map(|it| {
            let step = it.step.as_deref().map_or(-1, |step| texts.number(step));
            json!([step, texts.number(&it.what), texts.number(&it.text)])
        });
        columns.push(moments.collect());
    }
    Value::Array(columns)
}

/// Every text once, in the order in which they came.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    known: BTreeMap<String, i64>,
}

impl Texts {
    fn number(&mut self, text: &str) -> i64 {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let number = i64::try_from(self.all.len()).unwrap_or(-1);
        self.known.insert(text.to_owned(), number);
        self.all.push(text.to_owned());
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_a_template_is_no_template() {
        let values = BTreeMap::from([("a", "{{b}}".to_owned()), ("b", "x".to_owned())]);
        assert_eq!(fill("<{{a}}|{{b}}|{{none}}>", &values), "<{{b}}|x|>");
    }

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        assert_eq!(escaped("<b a='1' c=\"2\">&"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
    }

    #[test]
    fn data_cannot_end_its_script() {
        let data = json!(["</script><script>alert(1)//", "<!--", "&lt;", "\u{2028}"]);
        let written = for_a_script(&data);
        assert!(!written.contains(['<', '>', '&']), "{written}");
        assert_eq!(serde_json::from_str::<Value>(&written).expect("still JSON"), data);
    }

    #[test]
    fn every_key_of_the_page_is_filled() {
        let keys: Vec<&str> =
            PAGE.split("{{").skip(1).filter_map(|it| it.split_once("}}")).map(|(key, _)| key).collect();
        assert_eq!(keys.len(), 12, "{keys:?}");
        assert!(!CSS.contains("{{") && !CSS.contains("</") && !SCRIPT.contains("</"));
    }
}
