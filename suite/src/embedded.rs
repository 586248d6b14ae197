//! Holds the suite's data, the worker, the probe and the fixtures' sources, as they were when the program was built.

use sha2::{Digest, Sha256};

/// A file of the suite: its path relative to the project's root, and its bytes.
pub type File = (&'static str, &'static [u8]);

/// Every file, sorted by path.
pub static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files below a folder.
pub fn below(folder: &str) -> impl Iterator<Item = &'static File> {
    let prefix = format!("{folder}/");
    FILES.iter().filter(move |(path, _)| path.starts_with(&prefix))
}

/// The text of one file.
pub fn text(path: &str) -> Option<&'static str> {
    let (_, bytes) = FILES.iter().find(|(it, _)| *it == path)?;
    std::str::from_utf8(bytes).ok()
}

/// A digest of everything that can change a verdict, `sha256:…`.
pub fn digest() -> String {
    let mut hasher = Sha256::new();
    for (path, bytes) in FILES {
        hasher.update(path.as_bytes());
        hasher.update([0]);
        hasher.update(bytes);
        hasher.update([0]);
    }
    format!("sha256:{}", hex(&hasher.finalize()))
}

/// The bytes that hexadecimal digits stand for; what are no digits stand for nothing.
pub fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
