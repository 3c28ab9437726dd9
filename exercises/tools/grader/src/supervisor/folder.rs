//! The folder that a case runs in.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use nix::unistd::{Pid, mkdtemp};

/// Two empty folders: one for the case to run in, one for its temporary files. Removed, with all
/// that is in them, when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes new ones, and makes the first this process's current one, so that the processes
    /// forked from now on start there.
    ///
    /// # Errors
    ///
    /// There is no folder for temporary files, or nothing can be made in it.
    pub(super) fn new() -> io::Result<Folder> {
        let place = env::temp_dir();
        let folder = mkdtemp(&place.join(format!("{}XXXXXX", prefix(Pid::this()))))
            .map(Folder)
            .map_err(|error| unusable(&place, &error.into()))?;
        fs::create_dir(folder.work())?;
        fs::create_dir(folder.temporary())?;
        env::set_current_dir(folder.work())?;
        Ok(folder)
    }

    fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Where the temporary files of the case go.
    pub(super) fn temporary(&self) -> PathBuf {
        self.0.join("tmp")
    }

    /// The names of what is in them, sorted.
    pub(super) fn left_behind(&self) -> Vec<String> {
        let mut names = names_in(&self.work());
        names.extend(names_in(&self.temporary()).iter().map(|name| format!("{name} (in TMPDIR)")));
        names.sort();
        names
    }
}

/// Removes what a supervisor that was killed could not remove.
pub(crate) fn remove_folder_of(supervisor: Pid) {
    let entries = fs::read_dir(env::temp_dir()).into_iter().flatten().flatten();
    let own = |entry: &fs::DirEntry| {
        entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix(supervisor)))
    };
    for entry in entries.filter(own) {
        let _ = fs::remove_dir_all(entry.path()); // as in Folder's drop
    }
}

/// How the name of a supervisor's folder begins.
fn prefix(supervisor: Pid) -> String {
    format!("grader-{supervisor}-")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn unusable(place: &Path, error: &io::Error) -> io::Error {
    let from = if env::var_os("TMPDIR").is_some() { ", which TMPDIR names" } else { "" };
    let place = place.display();
    let why =
        format!("no folder can be created in {place}{from}: {error}. Set TMPDIR to another folder");
    io::Error::new(error.kind(), why)
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // no use in telling: the next boot clears it
    }
}
