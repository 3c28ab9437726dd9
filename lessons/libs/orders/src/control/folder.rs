//! A folder of its own for each worker, in which a command runs.
//!
//! Each run has to begin as the one before did, and two workers must not disturb each other. So
//! a command does not run in the current folder, but in a new one, which holds a copy of each
//! small file of the current one and a link to everything else. After each run, the files that
//! it made are removed, and the copies that it changed are made anew.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::error::Error;

/// Of a folder with more entries than this, a command sees the first ones.
const MOST_ENTRIES: usize = 2_000;

/// Larger files are not copied but linked.
const SMALL: u64 = 64 * 1_024;

#[derive(Debug)]
pub(crate) struct Folder {
    folder: TempDir,
    path: PathBuf,
    entries: BTreeMap<OsString, Entry>,
}

/// Something of the current folder.
#[derive(Debug)]
enum Entry {
    Link(PathBuf),
    Copy { from: PathBuf, made: Option<Version> },
}

/// By which a changed file is known.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    len: u64,
    modified: SystemTime,
}

impl Folder {
    /// A folder with all that is in the current one.
    pub(crate) fn new() -> Result<Self, Error> {
        Folder::make().map_err(|error| Error::system("making a folder for the runs", error))
    }

    /// An empty folder.
    pub(crate) fn empty() -> Result<Self, Error> {
        Folder::with(BTreeMap::new())
            .map_err(|error| Error::system("making a folder for the runs", error))
    }

    fn with(entries: BTreeMap<OsString, Entry>) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("orders-").tempdir()?;
        let path = folder.path().canonicalize()?;
        Ok(Folder { folder, path, entries })
    }

    fn make() -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(std::env::current_dir()?)?.take(MOST_ENTRIES) {
            let entry = entry?;
            let metadata = fs::metadata(entry.path());
            let small = metadata.is_ok_and(|file| file.is_file() && file.len() <= SMALL);
            let from = entry.path();
            let entry_here =
                if small { Entry::Copy { from, made: None } } else { Entry::Link(from) };
            entries.insert(entry.file_name(), entry_here);
        }
        Folder::with(entries)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what a run has made, and restores what it has changed.
    pub(crate) fn tidy(&mut self) -> io::Result<()> {
        for found in fs::read_dir(self.folder.path())? {
            let found = found?;
            if self.entries.contains_key(&found.file_name()) {
                continue;
            }
            if found.file_type()?.is_dir() {
                fs::remove_dir_all(found.path())?;
            } else {
                fs::remove_file(found.path())?;
            }
        }
        for (name, entry) in &mut self.entries {
            entry.restore(&self.path.join(name))?;
        }
        Ok(())
    }

    /// Whether a change of `path` stays in this folder.
    pub(crate) fn contains(&self, path: &str) -> bool {
        let path = Path::new(path);
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        real.starts_with(&self.path)
    }
}

impl Entry {
    fn restore(&mut self, here: &Path) -> io::Result<()> {
        match self {
            Entry::Link(target) => {
                if fs::read_link(here).ok().as_ref() != Some(target) {
                    clear(here)?;
                    symlink(target, here)?;
                }
            }
            Entry::Copy { from, made } => {
                if made.is_none() || version(here).ok() != *made {
                    clear(here)?;
                    fs::copy(from, here)?;
                    *made = Some(version(here)?);
                }
            }
        }
        Ok(())
    }
}

/// Makes room for what is to be there.
fn clear(here: &Path) -> io::Result<()> {
    match fs::symlink_metadata(here) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(here),
        Ok(_) => fs::remove_file(here),
        Err(_) => Ok(()),
    }
}

fn version(file: &Path) -> io::Result<Version> {
    let metadata = fs::symlink_metadata(file)?;
    Ok(Version { len: metadata.len(), modified: metadata.modified()? })
}
