//! Embeds the suite's data, the worker, the probe and the fixtures' sources, so that the program needs no checkout.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What travels inside the program: folders, and the endings of the files taken from them.
const EMBEDDED: &[(&str, &[&str])] = &[
    ("suite/cases", &["toml"]),
    ("suite/interpreters", &["toml"]),
    ("suite/targets", &["toml"]),
    ("suite/vocabulary", &["toml"]),
    ("suite/worker", &["py"]),
    ("suite/probe", &["c", "h"]),
    ("c_fixtures", &["c", "h"]),
    ("rust_fixtures", &["rs", "toml", "lock"]),
];

fn main() -> io::Result<()> {
    println!("cargo::rustc-env=TARGET_TRIPLE={}", env::var("TARGET").expect("cargo sets TARGET"));
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for (folder, endings) in EMBEDDED {
        println!("cargo::rerun-if-changed={folder}");
        collect(&root.join(folder), endings, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let relative = file.strip_prefix(&root).expect("collected below the root");
        let name = relative.to_str().expect("suite paths are UTF-8").replace('\\', "/");
        // Relative to where the package is compiled, so that a copied build folder never reads another checkout.
        let bytes = format!("include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?}))", format!("/{name}"));
        writeln!(table, "    ({name:?}, {bytes}),").expect("writing to a string");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("embedded.rs"), table)
}

fn collect(folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            // Build output of the fixtures' own workspace is not source.
            if name != "target" {
                collect(&path, endings, files)?;
            }
        } else if path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)) {
            files.push(path);
        }
    }
    Ok(())
}
