//! A finished book takes the place of the one before.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use tempfile::TempDir;

/// How the names of folders begin in which a book is built; the builder's PID follows.
const PREFIX: &str = ".book-";

/// So often another build may get in between two steps of ours.
const TRIES: usize = 100;

/// A folder beside the book in which the next one is built. It goes with this value.
pub(crate) struct Staging {
    folder: TempDir,
    book: PathBuf,
}

impl Staging {
    /// A new folder in `target`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, as in a checkout that may only be read.
    pub(crate) fn new(target: &Path) -> Result<Self> {
        remove_abandoned(target);
        let prefix = format!("{PREFIX}{}-", process::id());
        let made = fs::create_dir_all(target)
            .and_then(|()| tempfile::Builder::new().prefix(&prefix).tempdir_in(target));
        let folder = made.with_context(|| {
            format!(
                "the book is built in {}, which cannot be written; \
                 CARGO_TARGET_DIR can name another folder",
                target.display()
            )
        })?;
        let book = folder.path().join("book");
        Ok(Staging { folder, book })
    }

    /// Where to build.
    pub(crate) fn path(&self) -> &Path {
        &self.book
    }

    /// Puts what was built in place of the folder `out`.
    ///
    /// # Errors
    ///
    /// If a folder cannot be renamed.
    pub(crate) fn replace(&self, out: &Path) -> io::Result<()> {
        for number in 0..TRIES {
            match fs::rename(out, self.folder.path().join(format!("old-{number}"))) {
                Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
                _ => {}
            }
            match fs::rename(&self.book, out) {
                // Another build has put its book there in the meantime.
                Err(why) if why.kind() == ErrorKind::DirectoryNotEmpty => {}
                done => return done,
            }
        }
        Err(io::Error::other("other builds replace the book all the time"))
    }
}

/// Removes what builds have left that were interrupted.
fn remove_abandoned(target: &Path) {
    for entry in fs::read_dir(target).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let pid = name.split('-').next().and_then(|pid| pid.parse().ok());
        let ended = |pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH);
        if pid.filter(|pid| *pid > 0).is_some_and(ended) {
            let _ = fs::remove_dir_all(entry.path()); // another process may be at it too
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staged(target: &Path, text: &str) -> Staging {
        let staging = Staging::new(target).unwrap();
        fs::create_dir(staging.path()).unwrap();
        fs::write(staging.path().join("page"), text).unwrap();
        staging
    }

    #[test]
    fn the_new_book_replaces_the_old_and_nothing_else_stays() {
        let target = tempfile::tempdir().unwrap();
        let out = target.path().join("book");
        for text in ["first", "second"] {
            staged(target.path(), text).replace(&out).unwrap();
            assert_eq!(fs::read_to_string(out.join("page")).unwrap(), text);
        }
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);
    }

    #[test]
    fn builds_at_once_each_succeed() {
        let target = tempfile::tempdir().unwrap();
        let out = &target.path().join("book");
        let target = &target;
        std::thread::scope(|scope| {
            let replace = |_| staged(target.path(), "x").replace(out).unwrap();
            for _ in 0..4 {
                scope.spawn(move || (0..20).for_each(replace));
            }
        });
        assert_eq!(fs::read_to_string(out.join("page")).unwrap(), "x");
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_an_interrupted_build_left_is_removed() {
        let target = tempfile::tempdir().unwrap();
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        for pid in [ended.id(), process::id()] {
            fs::create_dir(target.path().join(format!("{PREFIX}{pid}-x"))).unwrap();
        }
        drop(Staging::new(target.path()).unwrap());
        let left: Vec<_> = fs::read_dir(target.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(left[0].file_name().to_string_lossy().contains(&process::id().to_string()));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named_with_the_way_out() {
        let folder = tempfile::NamedTempFile::new().unwrap();
        let why = Staging::new(&folder.path().join("target")).err().unwrap();
        assert!(format!("{why:#}").contains("CARGO_TARGET_DIR"), "{why:#}");
    }
}
