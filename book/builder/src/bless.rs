//! Brings the chapters in step with what the programs are and print now.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result};

use crate::build::chapters;
use crate::fences::{fences, replace};
use crate::output::say;
use crate::transcript::run::{self, Misfit, Place};
use crate::transcript::{Block, cargo};
use crate::{include, recording};

/// A block and where it is.
#[derive(Debug)]
pub struct Runnable {
    /// The chapter's file.
    pub chapter: PathBuf,
    /// The block.
    pub block: Block,
}

/// What shows transcripts: the chapters, and the first page that anybody reads.
fn transcribed() -> Result<Vec<PathBuf>> {
    let mut files = chapters()?;
    files.push(run::place()?.root.join("README.md"));
    Ok(files)
}

/// All blocks of the book and the README.
///
/// # Errors
///
/// If a chapter cannot be read or one of its blocks makes no sense.
pub(crate) fn blocks() -> Result<Vec<Runnable>> {
    let mut all = Vec::new();
    for chapter in transcribed()? {
        let text = fs::read_to_string(&chapter).with_context(|| chapter.display().to_string())?;
        for fence in fences(&text) {
            let Some(block) = Block::read(&fence) else { continue };
            let place = || format!("{}:{}", chapter.display(), fence.line);
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
pub fn runnable() -> Result<Vec<Runnable>> {
    let mut all = blocks()?;
    let here = |block: &Block| block.skip.is_none() && (cfg!(target_os = "linux") || !block.linux);
    all.retain(|runnable| here(&runnable.block));
    Ok(all)
}

/// Builds the programs that the blocks run.
///
/// # Errors
///
/// If they do not build.
pub fn build_programs(blocks: &[Runnable], place: &Place) -> Result<()> {
    let steps = || blocks.iter().flat_map(|runnable| &runnable.block.steps);
    let packages: BTreeSet<String> =
        steps().flat_map(|step| cargo::packages(&step.command)).collect();
    let tests = steps().flat_map(|step| cargo::test_targets(&step.command)).collect();
    cargo::build_tests(&tests, place)?;
    let recorder = recording::timelines()?.first().map(|_| recording::RECORDER.to_owned());
    let drawn = recording::timelines()?;
    let drawn = drawn.iter().flat_map(|(_, timeline)| cargo::packages(&timeline.command));
    cargo::build(&packages.into_iter().chain(recorder).chain(drawn).collect(), place)
}

/// Runs every block, and writes what it prints now into those that no longer fit. Corrects line
/// numbers of quoted code. Records what is drawn. Gives the files that were changed.
///
/// # Errors
///
/// If a chapter cannot be read or written, or a program does not build.
pub fn bless() -> Result<Vec<PathBuf>> {
    let place = run::place()?;
    let blocks = runnable()?;
    build_programs(&blocks, &place)?;
    let changed = run_all(&blocks, &place);
    let mut written = recording::bless(&place)?;
    for chapter in transcribed()? {
        let old = fs::read_to_string(&chapter)?;
        let folder = chapter.parent().unwrap_or(Path::new("."));
        let new = include::bless(folder, &old);
        let new = replace(&new, |fence| {
            let now = changed
                .iter()
                .find(|now| now.chapter == chapter && now.block.line == fence.line)?;
            let end = if new[fence.range.clone()].ends_with('\n') { "\n" } else { "" };
            Some(now.block.rewrite(&new[fence.range.clone()]) + end)
        });
        if new != old {
            fs::write(&chapter, new).with_context(|| chapter.display().to_string())?;
            written.push(chapter);
        }
    }
    Ok(written)
}

/// Runs all blocks, as many at once as there are processors, and gives those that do not fit as
/// they would have to read.
fn run_all(blocks: &[Runnable], place: &Place) -> Vec<Runnable> {
    let (waiting, changed) = (Mutex::new(blocks.iter()), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let next = || waiting.lock().expect("BUG: nobody panics with the lock").next();
    let work = || {
        while let Some(Runnable { chapter, block }) = next() {
            if let Err(Misfit { why, now }) = run::check(block, place) {
                say(format!("{}:{}: {why}", chapter.display(), block.line));
                let block = *now;
                let now = Runnable { chapter: chapter.clone(), block };
                changed.lock().expect("BUG: nobody panics with the lock").push(now);
            }
        }
    };
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    changed.into_inner().unwrap_or_default()
}
