//! Which files there are, in an order that does not change from run to run.

use std::ffi::OsString;
use std::path::PathBuf;

use walkdir::{DirEntry, WalkDir};

/// A file, or what else has a row of its own because it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it was given, or below a folder that was.
    pub path: PathBuf,
    /// Why it is known already that it cannot be read.
    pub unreadable: Option<String>,
}

/// Everything in `paths`, in that order. What is a folder is walked: every file in it and in the
/// folders below, sorted by name, without hidden ones, symbolic links and caches.
#[must_use]
pub fn find(paths: impl IntoIterator<Item = OsString>) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in paths.into_iter().map(PathBuf::from) {
        if path.is_dir() {
            let entries = WalkDir::new(path).sort_by_file_name().into_iter();
            sources.extend(entries.filter_entry(is_wanted).filter_map(source));
        } else {
            sources.push(Source { path, unreadable: None });
        }
    }
    sources
}

/// Not hidden and no cache. The folder that was asked for is wanted whatever it is called.
fn is_wanted(entry: &DirEntry) -> bool {
    let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
    // Caches say what they are: https://bford.info/cachedir/
    let is_cache = || entry.path().join("CACHEDIR.TAG").exists();
    entry.depth() == 0 || !(hidden || entry.file_type().is_dir() && is_cache())
}

/// A file below a folder, or a folder there that cannot be read.
fn source(entry: walkdir::Result<DirEntry>) -> Option<Source> {
    match entry {
        Ok(entry) if entry.file_type().is_file() => {
            Some(Source { path: entry.into_path(), unreadable: None })
        }
        Ok(_folder_or_link) => None,
        Err(error) => {
            let path = error.path().map(PathBuf::from).unwrap_or_default();
            let reason = error.into_io_error().unwrap_or_else(|| std::io::ErrorKind::Other.into());
            Some(Source { path, unreadable: Some(crate::cannot_be_read(&reason)) })
        }
    }
}
