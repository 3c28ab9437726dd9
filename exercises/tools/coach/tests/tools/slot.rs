//! Folders that are used again and again, so that what was built in them is still good: a compiler
//! that finds its earlier work takes a third of the time. One test at a time has a folder.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// More than there are tests at once.
const MOST: usize = 1_000;

/// A folder that no other test has, here or in another process, until the file is closed.
pub(crate) fn take(kind: &str) -> (PathBuf, File) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for number in 1..MOST {
        let root = folder.join(format!("{kind}-{number}"));
        fs::create_dir_all(&root).unwrap();
        let lock = File::create(root.with_extension("lock")).unwrap();
        match lock.try_lock() {
            Ok(()) => return (root, lock),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(why)) => panic!("{}: {why}", root.display()),
        }
    }
    panic!("{MOST} tests run at once");
}
