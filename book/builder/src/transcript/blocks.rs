//! All blocks of the book and the README, and building what they run.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Block, cargo};
use crate::fences::fences;
use crate::problem::Problem;
use crate::workspace::Workspace;

/// A block and where it is.
#[derive(Debug)]
pub struct Runnable {
    /// The chapter's file.
    pub chapter: PathBuf,
    /// The block.
    pub block: Block,
}

impl Runnable {
    /// Where and why the tests do not run the block, if they do not.
    pub(crate) fn skipped(&self, workspace: &Workspace) -> Option<String> {
        let why = self.block.skip.as_ref()?;
        let file = workspace.relative(&self.chapter);
        Some(Problem::new(file, self.block.line, why).to_string())
    }
}

/// The files that show transcripts: the chapters, and the README, which is read before them.
pub(crate) fn files(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut files = workspace.chapters()?;
    files.push(workspace.root().join("README.md"));
    Ok(files)
}

/// All blocks.
///
/// # Errors
///
/// If a chapter cannot be read or one of its blocks makes no sense.
pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Runnable>> {
    let mut all = Vec::new();
    for chapter in files(workspace)? {
        let text = fs::read_to_string(&chapter).with_context(|| chapter.display().to_string())?;
        for fence in fences(&text) {
            let Some(block) = Block::read(&fence) else { continue };
            let place = || format!("{}:{}", workspace.relative(&chapter).display(), fence.line);
            let block = block.map_err(anyhow::Error::msg).with_context(place)?;
            all.push(Runnable { chapter: chapter.clone(), block });
        }
    }
    Ok(all)
}

/// The blocks that are not skipped and can be run on this system.
///
/// # Errors
///
/// If a chapter cannot be read or one of its blocks makes no sense.
pub fn runnable(workspace: &Workspace) -> Result<Vec<Runnable>> {
    let mut all = all(workspace)?;
    let here = |block: &Block| block.skip.is_none() && (cfg!(target_os = "linux") || !block.linux);
    all.retain(|runnable| here(&runnable.block));
    Ok(all)
}

/// Builds the programs and tests that `commands` run.
///
/// # Errors
///
/// If they do not build.
pub fn build<'a>(commands: impl IntoIterator<Item = &'a str>, workspace: &Workspace) -> Result<()> {
    let (mut programs, mut tests) = (BTreeSet::new(), BTreeSet::new());
    for command in commands {
        programs.extend(cargo::programs(command));
        tests.extend(cargo::test_targets(command));
    }
    cargo::build(&programs, &tests, workspace)
}
