//! Where the logs are.

use std::ffi::{CString, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;

use lesson_cli::{Failure, printable, say};
use nix::libc;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level;
use tempfile::TempDir;

use crate::ways;

pub(crate) enum Folder {
    /// Chosen by the user, and kept.
    Kept(PathBuf),
    /// Removed at the end.
    Temporary(TempDir),
}

impl Folder {
    /// A folder of the user's choice. It is created if it does not exist; if it does, it must
    /// contain none of the logs, unless `overwrite`.
    pub(crate) fn kept(path: OsString, workers: usize, overwrite: bool) -> Result<Self, Failure> {
        let path = PathBuf::from(path);
        let made = fs::create_dir_all(&path);
        made.map_err(|error| Failure::system(format!("making '{}'", printable(&path)), error))?;
        let folder = Folder::Kept(path);
        for file in folder.files(workers) {
            lesson_cli::new_file(&file, overwrite)?;
            let removed = fs::remove_file(&file); // each is created when its turn comes
            removed.map_err(|error| Failure::system(format!("'{}'", printable(&file)), error))?;
        }
        Ok(folder)
    }

    /// A new folder that is removed when the lesson ends, or is ended.
    pub(crate) fn temporary(workers: usize) -> Result<Self, Failure> {
        let new = || {
            let folder = Folder::Temporary(tempfile::tempdir()?);
            folder.remove_when_ended(workers)?;
            Ok(folder)
        };
        new().map_err(|error: io::Error| Failure::system("making a temporary folder", error))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// An empty file. An older one has already been removed, or the lesson has ended.
    pub(crate) fn new_file(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        lesson_cli::new_file(&path, false)?;
        Ok(path)
    }

    /// All files that a run may create.
    fn files(&self, workers: usize) -> Vec<PathBuf> {
        let mut files: Vec<_> = ways::ALL.iter().map(|way| self.path(way.file)).collect();
        files.extend(ways::worker_files(&files[0], workers));
        files
    }

    pub(crate) fn say_where(&self) {
        match self {
            Folder::Kept(path) => say!("\nThe logs are in {}.", printable(path)),
            Folder::Temporary(_) => {
                say!("\nThe logs have been removed. Use --dir FOLDER to keep them.");
            }
        }
    }

    fn root(&self) -> &Path {
        match self {
            Folder::Kept(path) => path,
            Folder::Temporary(folder) => folder.path(),
        }
    }

    /// Ctrl-C ends a process without its destructors. So a signal handler removes the files.
    fn remove_when_ended(&self, workers: usize) -> io::Result<()> {
        let files = self.files(workers);
        let name = |path: &Path| CString::new(path.as_os_str().as_bytes());
        let files = files.iter().map(|path| name(path)).collect::<Result<_, _>>()?;
        let owner = process::id();
        let _ = TO_REMOVE.set(ToRemove { owner, files, folder: name(self.root())? });
        for signal in [SIGINT, SIGTERM] {
            // SAFETY: the handler calls `unlink`, `rmdir` and what `signal_hook` says is safe in
            // one, and reads what was set before and never changes (`man 7 signal-safety`).
            unsafe { low_level::register(signal, move || remove_and_end(signal)) }?;
        }
        Ok(())
    }
}

/// What the signal handler removes.
struct ToRemove {
    /// The parent. The workers inherit the handler, and must not remove the parent's files.
    owner: u32,
    /// All files that may exist.
    files: Vec<CString>,
    folder: CString,
}

static TO_REMOVE: OnceLock<ToRemove> = OnceLock::new();

/// In the signal handler.
fn remove_and_end(signal: i32) {
    if let Some(ToRemove { owner, files, folder }) = TO_REMOVE.get()
        && *owner == process::id()
    {
        for file in files {
            // SAFETY: `file` is a text that ends with a zero byte.
            unsafe { libc::unlink(file.as_ptr()) };
        }
        // SAFETY: so is `folder`.
        unsafe { libc::rmdir(folder.as_ptr()) };
    }
    let _ = low_level::emulate_default_handler(signal);
}
