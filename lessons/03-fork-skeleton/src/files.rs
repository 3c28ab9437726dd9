//! The jobs: the files under a folder. Walking the folders is not this lesson's subject, so a
//! library does it.

use std::path::{Path, PathBuf};

use filecount::files::{Source, below};
use lesson_cli::{Failure, printable};

/// The files under a folder.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Sorted by name, folder by folder, so that two runs divide them alike.
    pub(crate) files: Vec<PathBuf>,
    /// Folders below it that could not be read, and why.
    unreadable: Vec<Source>,
}

/// Every file in `folder` and in the folders below it, except hidden files and caches.
///
/// # Errors
///
/// `folder` itself does not exist or cannot be read. A folder below it that cannot be read is
/// recorded, and the walk continues.
pub(crate) fn under(folder: &Path) -> Result<Found, Failure> {
    let sources = below(folder)
        .map_err(|error| Failure::system(format!("reading '{}'", printable(folder)), error))?;
    let (files, unreadable): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| source.unreadable.is_none());
    Ok(Found { files: files.into_iter().map(|source| source.path).collect(), unreadable })
}

/// The names of the first files, each on a line of its own, and how many more there are.
pub(crate) fn listed(files: &[PathBuf], shown: usize) -> String {
    let names = files.iter().take(shown).map(|file| format!("\n    {}", printable(file)));
    let more = files.len().saturating_sub(shown);
    let more = (more > 0).then(|| format!("\n    and {more} more"));
    names.chain(more).collect()
}

impl Found {
    /// Ends the lesson with exit status 1 if anything could not be read.
    ///
    /// # Errors
    ///
    /// One line for each folder that could not be read.
    pub(crate) fn report_unreadable(&self) -> Result<(), Failure> {
        if self.unreadable.is_empty() {
            return Ok(());
        }
        let line = |Source { path, unreadable }: &Source| {
            format!("\n    {}: {}", printable(path), unreadable.as_deref().unwrap_or_default())
        };
        let lines: String = self.unreadable.iter().map(line).collect();
        Err(Failure::Other(format!("everything is done except what could not be read:{lines}")))
    }
}
