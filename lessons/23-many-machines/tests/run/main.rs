//! What runs of the lesson show: in one process, in several, on hosts of their own.

mod files;
mod hosts;
mod lost;
mod meeting;
mod network;
mod report;
mod running;

use std::path::Path;
use std::process::Command;

use crate::files::{expected_report, make_files};
use tempfile::TempDir;

/// A command for the lesson, in `folder`.
fn lesson(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson-many-machines"));
    command.current_dir(folder);
    command
}

/// A folder with files `1.txt` to `{files}.txt`, and the report on them.
fn folder_with(files: usize) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    make_files(folder.path(), files, 30, 40, 15).expect("new files");
    let report = expected_report(folder.path(), files);
    (folder, report)
}

/// The names `1.txt` to `{files}.txt`.
fn names(files: usize) -> Vec<String> {
    (1..=files).map(|number| format!("{number}.txt")).collect()
}

/// A file that no worker counts to its end before the test is done: 8 TiB of holes.
fn endless(folder: &Path) {
    let file = std::fs::File::create(folder.join("endless")).expect("a new file");
    file.set_len(8 << 40).expect("a file of holes");
}
