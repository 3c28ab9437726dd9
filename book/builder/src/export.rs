//! The book in other forms: EPUB, and a zip archive of the pages to be read offline.
//!
//! A program of its own packs them (`book/export`), because what it is built of is of no use to the
//! readers of the pages.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::build::build;
use crate::output::say;
use crate::workspace::Workspace;

/// A form of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For reading devices.
    Epub,
    /// The pages, for any browser.
    Zip,
}

/// Builds the book and packs it. Gives the file.
///
/// # Errors
///
/// If the book does not build, or it cannot be packed, or `epubcheck` is here and finds a fault.
pub fn export(workspace: &Workspace, format: Format) -> Result<PathBuf> {
    let out = build(workspace)?.out;
    let name = match format {
        Format::Epub => "epub",
        Format::Zip => "zip",
    };
    let file = out.with_extension(name);
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "book-export", "--", name]).args([&out, &file]);
    let status = cargo.status().context("cargo, to pack the book")?;
    ensure!(status.success(), "the book could not be packed (see above)");
    if format == Format::Epub {
        check_epub(&file)?;
    }
    Ok(file)
}

/// Has the W3C's checker look at the file, where it is installed.
fn check_epub(file: &Path) -> Result<()> {
    let mut check = Command::new("epubcheck");
    let mut checked = check.arg("--quiet").arg(file).stdin(Stdio::null()).output();
    if checked.as_ref().is_err_and(|why| why.kind() != ErrorKind::NotFound) {
        // Debian's is an archive of Java, which the kernel may not know how to run.
        checked = Command::new("sh")
            .args(["-c", "exec java -jar \"$(command -v epubcheck)\" --quiet \"$1\"", "sh"])
            .arg(file)
            .stdin(Stdio::null())
            .output();
    }
    match checked {
        Ok(checked) if checked.status.code() != Some(127) => ensure!(
            checked.status.success(),
            "epubcheck: {}{}",
            String::from_utf8_lossy(&checked.stdout),
            String::from_utf8_lossy(&checked.stderr)
        ),
        _ => say("not checked: there is no epubcheck here"),
    }
    Ok(())
}
