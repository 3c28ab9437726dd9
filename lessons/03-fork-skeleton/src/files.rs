//! Which files there are under a folder.

use std::io;
use std::path::{Path, PathBuf};

use lesson_cli::Failure;
use walkdir::{DirEntry, WalkDir};

/// The files under a folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Sorted by name, folder by folder, so that two runs divide them alike.
    pub(crate) files: Vec<PathBuf>,
    /// What could not be read below the folder, and why.
    pub(crate) unreadable: Vec<walkdir::Error>,
}

/// Every file in `folder` and in the folders below it, without hidden ones and caches.
///
/// # Errors
///
/// `folder` itself is not there, or cannot be read. What cannot be read below it is noted in
/// [`Found::unreadable`], and the rest goes on.
pub(crate) fn under(folder: &Path) -> Result<Found, Failure> {
    let mut found = Found::default();
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_wanted);
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_file() => found.files.push(entry.into_path()),
            Ok(_folder_or_link) => {}
            Err(error) if error.depth() == 0 => {
                let reason = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                return Err(Failure::system(format!("reading '{}'", folder.display()), reason));
            }
            Err(error) => found.unreadable.push(error),
        }
    }
    Ok(found)
}

/// Not hidden and no cache. The folder that was asked for is wanted whatever it is called.
fn is_wanted(entry: &DirEntry) -> bool {
    let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
    // Caches say what they are: https://bford.info/cachedir/
    let is_cache = || entry.path().join("CACHEDIR.TAG").exists();
    entry.depth() == 0 || !(hidden || entry.file_type().is_dir() && is_cache())
}

impl Found {
    /// Ends the lesson with exit code 1 if anything could not be read.
    ///
    /// # Errors
    ///
    /// One line for each folder that could not be read.
    pub(crate) fn report_unreadable(&self) -> Result<(), Failure> {
        if self.unreadable.is_empty() {
            return Ok(());
        }
        let lines = self.unreadable.iter().map(|error| format!("\n    {error}"));
        let lines: String = lines.collect();
        Err(Failure::Other(format!("all is done but for what could not be read:{lines}")))
    }
}
