//! The folder that a case runs in, where the check asks for an empty one.

use std::path::PathBuf;
use std::{env, fs, io};

use nix::unistd::mkdtemp;

/// Removed, with all that is in it, when dropped.
pub(super) struct Folder(Option<PathBuf>);

impl Folder {
    /// If one is wanted, makes a new folder and makes it this process's current one, so that
    /// the processes forked from now on start there.
    pub(super) fn new(wanted: bool) -> io::Result<Folder> {
        if !wanted {
            return Ok(Folder(None));
        }
        let folder = Folder(Some(mkdtemp(&env::temp_dir().join("grader-XXXXXX"))?));
        env::set_current_dir(folder.0.as_deref().unwrap_or(".".as_ref()))?;
        Ok(folder)
    }

    /// The names of what is in it, sorted.
    pub(super) fn left_behind(&self) -> Vec<String> {
        let entries = self.0.iter().flat_map(fs::read_dir).flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_dir_all(path); // no use in telling: the next boot clears it
        }
    }
}
