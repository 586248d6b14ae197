//! The HTML report as its readers meet it: in a browser, with a pointer and with keys alone.
//!
//! These need `chromium` and `chromedriver`, and fail without them: `cargo test --test html -- --ignored`.

#[path = "html/browser.rs"]
mod browser;
#[path = "reports/record.rs"]
#[allow(dead_code, reason = "the reports' tests use the rest")]
mod record;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use capsule_conformance::model::{CaseResult, RunRecord, Verdict};
use capsule_conformance::report::{self, Format, Style};
use serde_json::{Value, json};

use browser::Browser;
use support::extension;

const ARROW_LEFT: &str = "\u{e012}";
const ARROW_RIGHT: &str = "\u{e014}";
const ARROW_DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const TAB: &str = "\u{e004}";

fn url(page: &Path) -> String {
    format!("file://{}", page.display())
}

/// A run on a module with a finding: its page and its record.
fn real_run(folder: &Path) -> RunRecord {
    extension::build("misnames_its_capsule", folder);
    let output = Command::new(env!("CARGO_BIN_EXE_capsule-conformance"))
        .current_dir(folder)
        .args(["--target", "misnames_its_capsule", "--path", ".", "--case", "names::*", "--case", "destructor::*"])
        .args(["--quiet", "--format", "html=page.html", "--format", "json=report.json", "--cache"])
        .arg(support::cache_folder())
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    report::read(&fs::read_to_string(folder.join("report.json")).expect("a report")).expect("a whole one")
}

fn finding(record: &RunRecord) -> &CaseResult {
    let is_finding = |it: &&CaseResult| it.verdict == Verdict::Fail && it.observed.is_some();
    record.results.iter().find(is_finding).expect("the module misnames its capsule")
}

/// What a part of the panel says.
fn part(browser: &Browser, name: &str) -> String {
    browser.text(&format!("return document.querySelector('#panel [data-part=\"{name}\"]').textContent"))
}

#[track_caller]
fn assert_quiet(browser: &Browser) {
    let console = browser.console();
    assert!(console.is_empty(), "{console:#?}");
    let fetched = browser.fetched();
    assert!(!fetched.is_empty(), "the page itself is fetched; the log is not read as it should be");
    let elsewhere: Vec<&String> =
        fetched.iter().filter(|it| !it.starts_with("file://") && !it.starts_with("data:")).collect();
    assert!(elsewhere.is_empty(), "the page fetches {elsewhere:?}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_click_on_a_cell_tells_all_about_its_pairing() {
    let folder = tempfile::tempdir().expect("a private folder");
    let record = real_run(folder.path());
    let wanted = finding(&record);
    let browser = Browser::start();
    browser.open(&url(&folder.path().join("page.html")));
    assert_eq!(browser.text("return document.getElementById('answer').textContent"), "not conformant");
    assert_eq!(browser.script("return document.getElementById('panel').hidden"), json!(true));
    browser.click("td .cell.fail, td .cell.should");
    assert_eq!(browser.script("return document.getElementById('panel').hidden"), json!(false));
    assert_eq!(part(&browser, "expected"), wanted.expected.clone().expect("a finding says so"));
    assert_eq!(part(&browser, "seen"), wanted.observed.clone().expect("a finding says so"));
    assert_eq!(part(&browser, "why"), wanted.why.clone().expect("a finding says so"));
    assert!(part(&browser, "source").starts_with("https://"));
    assert_eq!(part(&browser, "rerun"), wanted.rerun);
    assert_eq!(part(&browser, "explain"), format!("capsule-conformance explain {}", wanted.case));
    let told = browser.script("return document.querySelectorAll('#panel .timeline li').length");
    assert!(!wanted.timeline.is_empty());
    assert_eq!(told, json!(wanted.timeline.len() + 1), "each moment, and the end of the process");
    browser.click("#panel .copy");
    browser.wait_for("return document.querySelector('#panel .copy').textContent === 'Copied'");
    // The address leads back to the pairing.
    let address = browser.text("return location.href");
    browser.open("about:blank");
    browser.open(&address);
    assert_eq!(part(&browser, "rerun"), wanted.rerun);
    assert_quiet(&browser);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_filter_leaves_what_was_asked_for() {
    let folder = tempfile::tempdir().expect("a private folder");
    let record = real_run(folder.path());
    let browser = Browser::start();
    browser.open(&url(&folder.path().join("page.html")));
    let shown = "return document.getElementById('shown').textContent";
    let all = record.results.len();
    assert_eq!(browser.text(shown), format!("{all} pairings"));
    let named = record.results.iter().filter(|it| it.id.contains("importable")).count();
    assert!(named > 0 && named < all);
    browser.keys(&["/"]);
    assert_eq!(browser.text("return document.activeElement.id"), "find");
    browser.keys(&["i", "m", "p", "o", "r", "t", "a", "b", "l", "e"]);
    browser.wait_for(&format!("return document.getElementById('shown').textContent === '{named} of {all} pairings'"));
    let rows = "return [...document.querySelectorAll('th.case span:first-child')].map((it) => it.textContent)";
    let rows = browser.script(rows);
    let rows = rows.as_array().expect("a list");
    assert!(
        !rows.is_empty() && rows.iter().all(|it| it.as_str().is_some_and(|it| it.contains("importable"))),
        "{rows:?}"
    );
    browser.script("find.value = ''; find.dispatchEvent(new Event('input'))");
    browser.wait_for(&format!("return document.getElementById('shown').textContent === '{all} pairings'"));
    browser.click("[data-verdict=pass]");
    browser.wait_for("return document.querySelectorAll('.cell.pass').length === 0");
    assert!(browser.script("return document.querySelectorAll('.cell').length").as_u64() > Some(0));
    browser.script("find.value = 'no such thing'; find.dispatchEvent(new Event('input'))");
    browser.wait_for("return !document.getElementById('nothing').hidden");
    assert_quiet(&browser);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn keys_alone_are_enough() {
    let folder = tempfile::tempdir().expect("a private folder");
    let page = folder.path().join("page.html");
    fs::write(&page, Format::Html.write(&many(40), Style::default())).expect("a private folder can be written");
    let browser = Browser::start();
    browser.open(&url(&page));
    // One cell of the grid is in the order of tabs.
    let place = "const cell = document.activeElement.closest('td'); return cell ? [cell.parentElement.rowIndex, cell.cellIndex] : null";
    for _ in 0..20 {
        browser.keys(&[TAB]);
        if browser.script(place) != Value::Null {
            break;
        }
    }
    let begin = browser.script(place);
    assert_eq!(begin, json!([2, 1]), "the first cell below two lines of heads");
    browser.keys(&[ARROW_DOWN]);
    assert_eq!(browser.script(place), json!([3, 1]));
    browser.keys(&[ARROW_RIGHT]);
    assert_eq!(browser.script(place), json!([3, 2]));
    browser.keys(&[ARROW_LEFT, ENTER]);
    assert_eq!(browser.script("return document.getElementById('panel').hidden"), json!(false));
    assert_eq!(browser.script("return document.activeElement.className"), json!("close"), "the focus goes with it");
    browser.keys(&[ESCAPE]);
    assert_eq!(browser.script("return document.getElementById('panel').hidden"), json!(true));
    assert_eq!(browser.script(place), json!([3, 1]), "the focus comes back");
    let roles = "return ['grid', 'gridcell', 'row', 'rowheader', 'columnheader', 'dialog', 'status'].filter((it) => !document.querySelector(`[role=${it}]`))";
    assert_eq!(browser.script(roles), json!([]));
    let nameless = "return [...document.querySelectorAll('button, input, table')].filter((it) => !it.labels?.length && !it.ariaLabel && !it.textContent.trim()).length";
    assert_eq!(browser.script(nameless), json!(0));
    assert_quiet(&browser);
}

/// The canned record so often, each time with another column and row, and with texts that would be markup.
fn many(times: usize) -> RunRecord {
    let mut record = record::everything();
    let model = record.results.clone();
    record.results.clear();
    for index in 0..times {
        for result in &model {
            let mut result = result.clone();
            result.message.push_str("</script><img src=x onerror=alert(1)><!--");
            result.row = Some(format!("row_{:03}", index / 2));
            if let Some(producer) = &mut result.producer {
                producer.push_str(["", "_again"][index % 2]);
            }
            let (producer, consumer) = (result.producer.as_deref(), result.consumer.as_deref());
            result.id = format!(
                "{}[row_{:03}]/{}/{}/{}/{}/{}",
                result.case,
                index / 2,
                producer.unwrap_or("-"),
                consumer.unwrap_or("-"),
                result.interpreter,
                result.by.as_deref().unwrap_or("-"),
                result.subject
            );
            result.rerun = format!("capsule-conformance --pairing '{}'", result.id);
            record.results.push(result);
        }
    }
    record.results.sort_by(|a, b| a.id.cmp(&b.id));
    record.planned = record.results.len();
    record
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn five_thousand_results_are_no_burden() {
    let folder = tempfile::tempdir().expect("a private folder");
    let page = folder.path().join("page.html");
    let record = many(500);
    assert_eq!(record.results.len(), 5000);
    fs::write(&page, Format::Html.write(&record, Style::default())).expect("a private folder can be written");
    let browser = Browser::start();
    let begun = Instant::now();
    browser.open(&url(&page));
    assert!(begun.elapsed() < Duration::from_secs(20), "it opens in {:?}", begun.elapsed());
    assert_eq!(browser.text("return document.getElementById('shown').textContent"), "5000 pairings");
    let begun = Instant::now();
    browser.script("find.value = 'row_007'; find.dispatchEvent(new Event('input'))");
    browser.wait_for("return document.getElementById('shown').textContent === '20 of 5000 pairings'");
    assert!(begun.elapsed() < Duration::from_secs(10), "it filters in {:?}", begun.elapsed());
    browser.click("td .cell.fail");
    assert!(part(&browser, "rerun").contains("[row_007]"));
    assert!(browser.text("return document.getElementById('panel').textContent").contains("</script><img src=x"));
    assert_eq!(browser.script("return document.querySelectorAll('img').length"), json!(0), "texts stay texts");
    assert_quiet(&browser);
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_dark_room_and_a_narrow_window_are_fine() {
    let folder = tempfile::tempdir().expect("a private folder");
    let page = folder.path().join("page.html");
    fs::write(&page, Format::Html.write(&many(4), Style::default())).expect("a private folder can be written");
    let browser = Browser::start();
    let ground = |scheme: &str| {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.chromium("Emulation.setEmulatedMedia", &features);
        browser.open(&url(&page));
        browser.text("return getComputedStyle(document.body).backgroundColor")
    };
    assert_ne!(ground("light"), ground("dark"));
    let narrow = json!({"width": 380, "height": 800, "deviceScaleFactor": 1, "mobile": false});
    browser.chromium("Emulation.setDeviceMetricsOverride", &narrow);
    browser.open(&url(&page));
    let width = browser.script("return document.documentElement.clientWidth");
    assert_eq!(browser.script("return document.documentElement.scrollWidth"), width, "only the grid scrolls sideways");
    browser.click("td .cell.fail");
    assert_eq!(browser.script("return document.getElementById('panel').getBoundingClientRect().width"), width);
    assert_quiet(&browser);
}
