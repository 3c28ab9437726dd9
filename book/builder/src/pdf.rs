//! The book on paper: Chromium prints the page that holds all chapters.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::build::build;
use crate::workspace::Workspace;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Builds the book and prints it. Gives the file.
///
/// # Errors
///
/// If the book does not build, or there is no Chromium here, or it cannot print.
pub fn pdf(workspace: &Workspace) -> Result<PathBuf> {
    let built = build(workspace)?;
    let browser = BROWSERS.into_iter().find(|browser| {
        let mut asked = Command::new(browser);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    });
    let Some(browser) = browser else {
        bail!(
            "printing needs Chromium or Chrome, and none of {} is here; \
             `cargo book` and the browser's own printing do as well",
            BROWSERS.join(", ")
        );
    };
    let file = built.out.with_file_name("book.pdf");
    let profile = built.out.with_file_name("book-pdf-profile");
    let mut print = Command::new(browser);
    print.args(["--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]);
    print.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    print.args(nix::unistd::geteuid().is_root().then_some("--no-sandbox")); // root has none
    print.arg(format!("--user-data-dir={}", profile.display()));
    print.arg(format!("--print-to-pdf={}", file.display()));
    print.arg(format!("file://{}", built.out.join("print.html").display()));
    let printed = print.stderr(Stdio::null()).status().with_context(|| browser.to_owned());
    let _ = std::fs::remove_dir_all(&profile); // nothing is lost if it stays
    ensure!(printed?.success(), "{browser} could not print the book");
    Ok(file)
}
