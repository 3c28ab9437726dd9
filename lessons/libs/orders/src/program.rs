//! What is run: a command, or a function.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};

use crate::error::Error;
use crate::faults::Faults;

/// What a search is made of: the program, and what is done to it.
pub(crate) struct Subject<'a> {
    pub(crate) program: Program<'a>,
    pub(crate) faults: Faults,
    /// A row of the table of dependence that is left out.
    pub(crate) blind_to: Option<&'static str>,
}

/// A program that can be run again and again.
pub(crate) enum Program<'a> {
    Command(Command),
    /// Runs in a forked child; what it returns is the child's exit status.
    Function {
        function: Box<dyn Fn() -> i32 + 'a>,
        own_folder: bool,
    },
}

/// A command whose executable has been found.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) file: CString,
    pub(crate) words: Vec<CString>,
    pub(crate) place: Place,
}

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a folder of its own with links to all that the current folder holds. Files that it
    /// makes there are removed after each run.
    Own,
    /// In the current folder. Each run finds the files that the one before left, and only one
    /// run is made at a time.
    Here,
}

impl Command {
    /// Finds the file of the command as a shell would, once for all runs.
    pub(crate) fn find(words: Vec<OsString>, place: Place) -> Result<Self, Error> {
        let name = words.first().cloned().unwrap_or_default();
        let not_run = |reason: io::Error| Error::NotRun {
            command: name.to_string_lossy().into_owned(),
            reason,
        };
        let file = find(&name).map_err(not_run)?;
        let string = |word: OsString| CString::new(word.into_vec());
        let words: Result<Vec<CString>, _> = words.into_iter().map(string).collect();
        let words = words.map_err(|error| not_run(error.into()))?;
        let file = string(file.into_os_string()).map_err(|error| not_run(error.into()))?;
        Ok(Command { file, words, place })
    }
}

fn find(name: &OsStr) -> io::Result<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        let file = Path::new(name).canonicalize()?;
        return runnable(&file).map(|()| file);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = files.find(|file| file.is_file() && runnable(file).is_ok());
    found.ok_or_else(|| Errno::ENOENT.into())
}

fn runnable(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(Errno::EACCES.into());
    }
    Ok(access(file, AccessFlags::X_OK)?)
}
