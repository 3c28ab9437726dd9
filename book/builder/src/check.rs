//! What `cargo book check` looks at beyond the build: every chapter's parts and its spelling.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::build::{Built, build};
use crate::claims::claims;
use crate::problem::{Problem, none_of};
use crate::workspace::Workspace;
use crate::{html, required_sections};

/// Builds the book and reads its chapters: no part missing that a page of its kind must have, no
/// claim without proof, no word misspelt.
///
/// # Errors
///
/// As [`build`], and every missing part, claim and misspelt word.
pub fn check(workspace: &Workspace) -> Result<Built> {
    let mut built = build(workspace)?;
    let mut problems = Vec::new();
    let chapters = workspace.chapters()?;
    for path in &chapters {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        built.words += html::words(&text);
        let missing = required_sections::missing(path, &text, workspace).into_iter();
        problems.extend(missing.map(|what| Problem::new(workspace.relative(path), 0, what)));
    }
    problems.extend(claims(workspace)?.unbacked());
    none_of(problems)?;
    spelling(&chapters, workspace)?;
    Ok(built)
}

/// Spelling is checked by a program of its own, because its dictionary takes longer to build than
/// all the rest: a reader who wants to see the book should not wait for it.
fn spelling(files: &[PathBuf], workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "book-spelling", "--"]);
    cargo.args(files.iter().map(|file| workspace.relative(file)));
    let status = cargo.status().context("cargo, to check the spelling")?;
    ensure!(status.success(), "the spelling could not be checked, or has faults (see above)");
    Ok(())
}
