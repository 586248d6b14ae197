//! Takes a participant from outside into the catalogue: a folder with a manifest, in the words of the suite's own headers.

use std::fs;
use std::path::Path;

use super::fixture::{self, Header};
use super::nearest_hint;
use crate::diagnose::{self, Mistake};
use crate::manifest::{self, ManifestError};
use crate::model::{Actor, Binds, Build, Catalogue, Fixture, Manifest, Target};

/// The file that makes a folder a participant.
const FILE: &str = "participant.toml";

/// Adds the participant in a folder to those of the suite.
///
/// # Errors
///
/// The folder has no manifest, and every mistake in it.
pub fn take_in(catalogue: &mut Catalogue, folder: &Path) -> Result<(), ManifestError> {
    let path = folder.join(FILE);
    let text =
        fs::read_to_string(&path).map_err(|source| ManifestError::NoParticipant { path: path.clone(), source })?;
    let shown = path.display().to_string();
    let fixture = read(folder, &shown, &text).map_err(ManifestError::Invalid)?;
    let spoken = Target { produces: fixture.produces.clone(), consumes: fixture.consumes.clone(), ..Target::default() };
    let mut mistakes = manifest::check(&shown, &text, std::slice::from_ref(&spoken), &[]);
    mistakes.extend(unknown_verbs(&fixture, catalogue, &shown, &text));
    if catalogue.fixtures.iter().any(|it| it.is_outside() && it.stem == fixture.stem) {
        let message = format!("`{}` is the stem of another --participant, too; give each its own", fixture.stem);
        mistakes.push(diagnose::mistake_at(&shown, &text, "stem", message));
    }
    if !mistakes.is_empty() {
        return Err(ManifestError::Invalid(mistakes));
    }
    manifest::check_words(&Manifest { targets: vec![spoken], known: Vec::new(), file: Some(path) }, catalogue)?;
    catalogue.fixtures.push(fixture);
    Ok(())
}

fn read(folder: &Path, path: &str, text: &str) -> Result<Fixture, Vec<Mistake>> {
    let header: Header = toml::from_str(text).map_err(|error| vec![diagnose::toml_mistake(path, text, 0, &error)])?;
    let ours = [
        ("builds", header.builds.is_some()),
        ("build", header.build.is_some()),
        ("breaks", !header.breaks.is_empty()),
        ("by_name", header.by_name),
    ];
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut say = |word: &str, message: String| mistakes.push(diagnose::mistake_at(path, text, word, message));
    for (word, _) in ours.iter().filter(|(_, said)| *said) {
        say(word, format!("`{word}` is for the suite's own fixtures; leave it out"));
    }
    if header.command.is_none() {
        say("command", "needs a `command`, the line for the shell that makes the module at $OUTPUT".to_owned());
    }
    let stem = header.stem.clone().unwrap_or_default();
    let plain = |letter: char| letter == '_' || letter.is_alphanumeric();
    if stem.is_empty() || !stem.chars().all(plain) || stem.starts_with(char::is_numeric) {
        say("stem", "needs a `stem`, the name by which its module is imported, without dots".to_owned());
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let fixture = fixture::finish(path, header, stem, vec![Build::Outside]).map_err(|it| vec![it])?;
    Ok(Fixture { source: folder.display().to_string(), ..fixture })
}

/// What it says that it lacks has to be something that somebody could ask for.
fn unknown_verbs(fixture: &Fixture, catalogue: &Catalogue, path: &str, text: &str) -> Vec<Mistake> {
    let actor = if fixture.side == Binds::Producer { Actor::Producer } else { Actor::Consumer };
    let verbs = catalogue.vocabulary.of(actor);
    let known: Vec<&str> = verbs
        .iter()
        .flat_map(|(word, verb)| verb.args.iter().map(|it| it.key.as_str()).chain([word.as_str()]))
        .chain(["unnamed"])
        .collect();
    let unknown = fixture.lacks.iter().filter(|word| !known.contains(&word.as_str()));
    let said = |word: &String| {
        let message = format!("`{word}` is no verb of that side{}", nearest_hint(word, known.iter().copied()));
        diagnose::mistake_at(path, text, &format!("\"{word}\""), message)
    };
    unknown.map(said).collect()
}
