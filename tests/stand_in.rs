//! What each policy makes of a table of each age follows from the declaration alone.

use capsule_conformance::model::{Acceptance, Table};
use capsule_conformance::stand_in::{Age, StandIn, stand_in};
use capsule_conformance::table::shape;

const ACCEPTED: Result<Acceptance, &str> = Ok(Acceptance::Accepted);
const REFUSED: Result<Acceptance, &str> = Ok(Acceptance::Refused);

const MINIMUM: &str =
    "layout = ['ptr sin', 'ptr sqrt', 'i32 version']\nversion = 'version'\ncurrent = 2\naccepts = '>=2'";
const RANGE: &str = "layout = ['u32 version', 'ptr sin', 'ptr tan?']\nversion = 'version'\ncurrent = 3
                     accepts = '2..4'\nsince = { tan = 3 }";
const EXACT: &str = "layout = ['u32 v', 'ptr sin']\nversion = 'v'\nsplit = 16\ncurrent = [5, 21]\naccepts = '==5.21'";
const MAJOR: &str = "layout = ['u32 v', 'ptr sin']\nversion = 'v'\nsplit = 16\ncurrent = [5, 21]\naccepts = 'major'";
const CHAIN: &str = "layout = ['u32 a', 'u32 b', 'ptr older?', 'ptr sin']\nversion = ['a', 'b']\ncurrent = [3, 14]
                     accepts = 'major'\nchain = 'older'";
const SIZED: &str = "layout = ['size size', 'ptr sin', 'ptr sqrt', 'ptr tan?']\nsize = 'size'";
const LABEL: &str = "layout = ['ptr sin']\naccepts = 'name'";
const SIGNATURE: &str = "layout = []\naccepts = 'name'";

fn made(declaration: &str, name: &str, age: Age) -> Result<StandIn, String> {
    let table: Table = toml::from_str(declaration).expect("a table");
    stand_in(&shape(&table).expect("a shape"), Some(name), age)
}

/// A reason is compared by how it starts.
#[track_caller]
fn check(declaration: &str, age: Age, expected: Result<Acceptance, &str>) {
    let name = if declaration == SIGNATURE { "double (double)" } else { "table 7" };
    let seen = made(declaration, name, age).map(|it| it.outcome);
    let agree = match (&seen, &expected) {
        (Err(seen), Err(expected)) => seen.starts_with(expected),
        (Ok(seen), Ok(expected)) => seen == expected,
        _ => false,
    };
    assert!(agree, "{age:?}: {seen:?} instead of {expected:?}");
}

#[test]
fn its_own_version_is_always_accepted() {
    for declaration in [MINIMUM, RANGE, EXACT, MAJOR, CHAIN, SIZED, LABEL, SIGNATURE] {
        check(declaration, Age::Same, ACCEPTED);
    }
}

#[test]
fn a_minimum_refuses_what_is_older() {
    check(MINIMUM, Age::Older, REFUSED);
    check(MINIMUM, Age::Newer, ACCEPTED);
    check(MINIMUM, Age::Zero, REFUSED);
    check(MINIMUM, Age::Longer, ACCEPTED);
    check(MINIMUM, Age::NullSlot, REFUSED);
    check(MINIMUM, Age::Garbage, REFUSED);
    check(MINIMUM, Age::TooOld, Err("the oldest accepted version is the current one"));
    check(MINIMUM, Age::NewerMajor, Err("the version has no major part"));
    check(MINIMUM, Age::Truncated, Err("nothing stands behind the version"));
    check(MINIMUM, Age::Short, Err("this table does not say how long it is"));
}

#[test]
fn a_range_has_two_ends() {
    check(RANGE, Age::Older, ACCEPTED);
    check(RANGE, Age::TooOld, REFUSED);
    check(RANGE, Age::Newer, ACCEPTED);
    check(RANGE, Age::TooNew, REFUSED);
    check(RANGE, Age::NullTail, ACCEPTED);
}

#[test]
fn an_exact_version_stands_alone() {
    for age in [Age::Older, Age::OlderMajor, Age::Newer, Age::NewerMajor, Age::Zero, Age::Garbage, Age::Truncated] {
        check(EXACT, age, REFUSED);
    }
    check(EXACT, Age::Longer, ACCEPTED);
}

#[test]
fn a_major_version_lets_any_minor_one_pass() {
    check(MAJOR, Age::Older, ACCEPTED);
    check(MAJOR, Age::Newer, ACCEPTED);
    check(MAJOR, Age::OlderMajor, REFUSED);
    check(MAJOR, Age::NewerMajor, REFUSED);
    check(MAJOR, Age::ChainToCurrent, Err("this table leads to no other"));
}

#[test]
fn a_chain_is_walked_to_its_end() {
    check(CHAIN, Age::ChainToCurrent, ACCEPTED);
    check(CHAIN, Age::ChainToOlder, REFUSED);
    check(CHAIN, Age::NewerMajor, REFUSED);
    let head = made(CHAIN, "", Age::ChainToCurrent).expect("a chain");
    assert_eq!(head.size, 16, "of a later major version nothing is known but the header");
    assert_eq!(head.recipe["edits"][3]["table"]["size"], 24);
}

#[test]
fn a_size_says_what_is_missing() {
    check(SIZED, Age::Short, REFUSED);
    check(SIZED, Age::Truncated, REFUSED);
    check(SIZED, Age::Longer, ACCEPTED);
    check(SIZED, Age::NullTail, ACCEPTED);
    check(SIZED, Age::Older, Err("this table has no version"));
    assert_eq!(made(SIZED, "", Age::Short).map(|it| it.size), Ok(16));
}

#[test]
fn a_name_that_stands_for_the_version_has_to_be_equal() {
    for (age, found) in [
        (Age::Older, "table 6"),
        (Age::Newer, "table 8"),
        (Age::Zero, ""),
        (Age::Garbage, "~able 7"),
        (Age::Truncated, "table "),
        (Age::Longer, "table 7, more"),
    ] {
        check(LABEL, age, REFUSED);
        assert_eq!(made(LABEL, "table 7", age).map(|it| it.found), Ok(vec![found.to_owned()]));
    }
    check(SIGNATURE, Age::Older, Err("the name ends in no number"));
    check(SIGNATURE, Age::NewerMajor, Err("the name stands for the version"));
}

#[test]
fn an_unsigned_minimum_cannot_tell_garbage() {
    let table = "layout = ['u32 version', 'ptr sin']\nversion = 'version'\ncurrent = 2\naccepts = '>=2'";
    check(table, Age::Garbage, Err("garbage is a version like any other"));
}

#[test]
fn without_a_policy_only_the_very_version_is_known() {
    let table = "layout = ['u32 version', 'ptr sin']\nversion = 'version'\ncurrent = 2";
    check(table, Age::Same, ACCEPTED);
    check(table, Age::Older, Err("nobody said which versions"));
    check("layout = ['ptr sin']", Age::Newer, Err("this table has no version"));
}

#[test]
fn a_table_ends_where_its_age_says() {
    let sizes = [(Age::Older, 16), (Age::TooOld, 16), (Age::Same, 24), (Age::Newer, 24), (Age::Longer, 40)];
    for (age, size) in sizes {
        assert_eq!(made(RANGE, "", age).map(|it| it.size), Ok(size), "{age:?}");
    }
    assert_eq!(made(RANGE, "", Age::Truncated).map(|it| it.size), Ok(8));
}

#[test]
fn refused_tables_hold_traps_and_accepted_ones_real_functions() {
    let edits = |age| made(MAJOR, "", age).expect("a table").recipe["edits"].to_string();
    assert!(edits(Age::NewerMajor).contains(r#""trap":"sin""#));
    assert!(!edits(Age::Newer).contains("trap"));
}
