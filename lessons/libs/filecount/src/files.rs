//! Which files there are, in an order that does not change from run to run.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// A file, or anything else that has a row of its own because it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it was given, or below a folder that was.
    pub path: PathBuf,
    /// Why it cannot be read, if that is already known.
    pub unreadable: Option<String>,
}

/// Everything in `paths`, in that order. A folder is walked as [`below`] does; everything else is
/// a source as it is, whether it exists or not.
#[must_use]
pub fn find(paths: impl IntoIterator<Item = OsString>) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in paths.into_iter().map(PathBuf::from) {
        if path.is_dir() {
            sources.extend(walk(&path).filter_map(source));
        } else {
            sources.push(Source { path, unreadable: None });
        }
    }
    sources
}

/// Every file in `folder` and in the folders below it, sorted by name folder by folder, without
/// hidden ones, symbolic links and caches. A folder below that cannot be read is a source too,
/// with the reason.
///
/// # Errors
///
/// `folder` itself does not exist or cannot be read.
pub fn below(folder: &Path) -> io::Result<Vec<Source>> {
    let mut entries = walk(folder).peekable();
    match entries.next_if(Result::is_err) {
        Some(Err(error)) => Err(reason(error)),
        _ => Ok(entries.filter_map(source).collect()),
    }
}

fn walk(folder: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_wanted)
}

/// Neither hidden nor a cache. The folder that was asked for is included whatever its name.
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
            Some(Source { path, unreadable: Some(crate::cannot_be_read(&reason(error))) })
        }
    }
}

/// The system's reason, without the path.
fn reason(error: walkdir::Error) -> io::Error {
    error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_an_error_and_one_that_is_empty_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let nowhere = below(&folder.path().join("nowhere")).expect_err("it is not there");
        assert_eq!(nowhere.kind(), io::ErrorKind::NotFound);
        assert_eq!(below(folder.path()).expect("it is there"), []);
    }

    #[test]
    fn find_keeps_what_is_no_folder_as_it_stands() {
        let nowhere = OsString::from("/nowhere/at all");
        let expected = Source { path: nowhere.clone().into(), unreadable: None };
        assert_eq!(find([nowhere]), [expected]);
    }
}
