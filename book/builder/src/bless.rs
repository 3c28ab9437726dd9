//! Brings the chapters in step with what the programs are and print now.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

use crate::fences::replace;
use crate::output::say;
use crate::quiz::searched::FAMILY;
use crate::transcript::blocks::{self, Runnable};
use crate::transcript::run::{self, Mismatch};
use crate::workspace::Workspace;
use crate::{every_order, include, recording};

/// Runs every block, and writes what it prints now into those that no longer fit. Corrects line
/// numbers of quoted code. Records what is drawn. Gives the files that were changed. With
/// `only_quotes` it only corrects the line numbers.
///
/// # Errors
///
/// If a chapter cannot be read or written, or a program does not build.
pub fn bless(workspace: &Workspace, only_quotes: bool) -> Result<Vec<PathBuf>> {
    let (mut changed, mut written) = (Vec::new(), Vec::new());
    if !only_quotes {
        let blocks = blocks::runnable(workspace)?;
        build_programs(&blocks, workspace)?;
        changed = run_all(&blocks, workspace);
        written = recording::bless(workspace)?;
        written.extend(every_order::bless(workspace)?);
    }
    for chapter in blocks::files(workspace)? {
        let old = fs::read_to_string(&chapter)?;
        let new = rewritten(&chapter, &old, &changed);
        if new != old {
            fs::write(&chapter, new).with_context(|| chapter.display().to_string())?;
            written.push(chapter);
        }
    }
    Ok(written)
}

/// Builds the programs that the blocks run and that the pictures were recorded from.
///
/// # Errors
///
/// If they do not build.
pub fn build_programs(blocks: &[Runnable], workspace: &Workspace) -> Result<()> {
    let steps = blocks.iter().flat_map(|runnable| &runnable.block.steps);
    let drawn = recording::timelines(workspace)?;
    let recorder = drawn.first().map(|_| recording::RECORDER);
    let drawn = drawn.iter().map(|(_, timeline)| timeline.command.as_str());
    let searched = every_order::schedulers(workspace)?;
    let searched = searched.iter().map(|(_, scheduler)| scheduler.command.as_str());
    let commands = steps.map(|step| step.command.as_str()).chain(drawn).chain(recorder);
    let commands = commands.chain(searched).chain([FAMILY]);
    blocks::build(commands, workspace)
}

/// The chapter with its blocks and line numbers as they would have to read now.
fn rewritten(chapter: &Path, old: &str, changed: &[Runnable]) -> String {
    let new = include::bless(chapter.parent().unwrap_or(Path::new(".")), old);
    replace(&new, |fence| {
        let now =
            changed.iter().find(|now| now.chapter == chapter && now.block.line == fence.line)?;
        let end = if new[fence.range.clone()].ends_with('\n') { "\n" } else { "" };
        Some(now.block.rewrite(&new[fence.range.clone()]) + end)
    })
}

/// Runs all blocks, as many at once as there are processors, and gives those that do not fit as
/// they would have to read.
fn run_all(blocks: &[Runnable], workspace: &Workspace) -> Vec<Runnable> {
    let (waiting, changed) = (Mutex::new(blocks.iter()), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(Runnable { chapter, block }) = next() {
            if let Err(Mismatch { why, now }) = run::check(block, workspace) {
                say(format!("{}:{}: {why}", workspace.relative(chapter).display(), block.line));
                let now = Runnable { chapter: chapter.clone(), block: *now };
                changed.lock().unwrap_or_else(PoisonError::into_inner).push(now);
            }
        }
    };
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    changed.into_inner().unwrap_or_default()
}
