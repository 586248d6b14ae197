//! Knows the cache folder: unpacked sources, artifacts by key, the lock, its size.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, process};

use sha2::{Digest, Sha256};

use crate::embedded;

/// The cache folder.
#[derive(Debug, Clone)]
pub struct Cache {
    /// Where it is.
    pub root: PathBuf,
}

/// The file by which backup programs, and we, know a folder that may be thrown away.
const TAG: &str = "CACHEDIR.TAG";

/// What it holds; the first line is the same in every program.
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# The cache of capsule-conformance.\n";

/// All that is ever put into the cache folder; what is being built stands in folders that begin with `build-`.
const OWN: [&str; 7] = [TAG, "artifacts", "cargo", "lock", "runs", "source", "wheels"];

/// The cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// No folder is known.
    #[error("neither XDG_CACHE_HOME nor HOME is set; name a folder with --cache")]
    NoFolder,
    /// The folder cannot be written.
    #[error("cannot write to the cache at {}: {source}; choose another folder with --cache", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder to be emptied holds other things.
    #[error("{} is no cache of ours: it holds `{other}`; name the right folder with --cache", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Something in it that is not ours.
        other: String,
    },
}

impl Cache {
    /// The folder given, or the default below `$XDG_CACHE_HOME`.
    ///
    /// # Errors
    ///
    /// No folder is given and none can be derived.
    pub fn at(folder: Option<&Path>) -> Result<Cache, CacheError> {
        if let Some(folder) = folder {
            return Ok(Cache { root: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()) });
        }
        let set = |key: &str| env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
        base.map(|base| Cache { root: base.join("capsule-conformance") }).ok_or(CacheError::NoFolder)
    }

    /// The unpacked suite: written once for each version of its contents.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn source(&self) -> Result<PathBuf, CacheError> {
        let digest = embedded::digest();
        let folder = self.root.join("source").join(&digest["sha256:".len()..][..16]);
        if folder.is_dir() {
            return Ok(folder);
        }
        self.tag()?;
        // Two processes may unpack at once: each does so aside, and the first rename wins.
        let aside = self.root.join("source").join(format!(".{}-{}", process::id(), &digest[7..15]));
        for (path, bytes) in embedded::FILES {
            write(&aside.join(path), bytes)?;
        }
        match fs::rename(&aside, &folder) {
            Ok(()) => {}
            Err(_) if folder.is_dir() => drop(fs::remove_dir_all(&aside)),
            Err(source) => {
                return Err(CacheError::Write { path: folder, source });
            }
        }
        Ok(folder)
    }

    /// Marks a new cache folder as one; a folder that holds other things is used, but never marked.
    fn tag(&self) -> Result<(), CacheError> {
        let is_new = fs::read_dir(&self.root).map_or(true, |mut entries| entries.next().is_none());
        if is_new { write(&self.root.join(TAG), TAG_TEXT.as_bytes()) } else { Ok(()) }
    }

    /// Where an artifact with this key and file name belongs.
    pub(super) fn artifact(&self, key: &Key, file: &str) -> PathBuf {
        self.root.join("artifacts").join(&key.0).join(file)
    }

    /// Held while something is built, so that processes do not build the same thing twice.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn lock(&self) -> Result<File, CacheError> {
        let path = self.root.join("lock");
        let open = || {
            fs::create_dir_all(&self.root)?;
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|source| CacheError::Write { path: path.clone(), source })
    }

    /// How many bytes it holds.
    pub fn size(&self) -> u64 {
        size(&self.root)
    }

    /// Removes everything in it; a folder that holds anything else is left alone.
    ///
    /// # Errors
    ///
    /// It holds something that is not ours, or something cannot be removed.
    pub fn clear(&self) -> Result<(), CacheError> {
        let failed = |source| CacheError::Write { path: self.root.clone(), source };
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if !OWN.contains(&name.as_str()) && !name.starts_with("build-") {
                return Err(CacheError::Foreign { path: self.root.clone(), other: name });
            }
        }
        fs::remove_dir_all(&self.root).map_err(failed)
    }
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            _ => entry.metadata().map(|data| data.len()).unwrap_or_default(),
        })
        .sum()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CacheError> {
    let attempt = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        File::create(path)?.write_all(bytes)
    };
    attempt().map_err(|source| CacheError::Write { path: path.to_owned(), source })
}

/// A digest of everything that went into an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(String);

impl Key {
    /// Of these parts, in this order.
    pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Key {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Key(embedded::hex(&hasher.finalize())[..32].to_owned())
    }
}

/// Puts a finished file where readers look for it, all at once.
pub(super) fn publish(made: &Path, output: &Path) -> io::Result<()> {
    let folder = output.parent().unwrap_or(output);
    fs::create_dir_all(folder)?;
    let aside = folder.join(format!(".{}", process::id()));
    fs::copy(made, &aside)?;
    fs::rename(&aside, output)
}
