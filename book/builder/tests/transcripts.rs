//! Every command that the book shows, run again: a test for each block and each picture, by
//! chapter and line.
//!
//! ```text
//! cargo test -p book --test transcripts fork-basics
//! ```

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use book::transcript::blocks::{self, Runnable};
use book::transcript::run;
use book::workspace::Workspace;
use book::{every_order, recording};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    match run_all() {
        Ok(code) => code,
        Err(why) => {
            eprintln!("{why:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_all() -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let trials = trials(&workspace)?;
    let before = files(&workspace);
    let code = libtest_mimic::run(&Arguments::from_args(), trials).exit_code();
    let left: Vec<PathBuf> = files(&workspace).difference(&before).cloned().collect();
    anyhow::ensure!(left.is_empty(), "these files were left behind by the blocks: {left:?}");
    Ok(code)
}

/// The files where commands of the book are run, and where most of them write.
fn files(workspace: &Workspace) -> BTreeSet<PathBuf> {
    let folders =
        [workspace.root().to_owned(), workspace.root().join("target"), workspace.target()];
    let entries = folders.into_iter().flat_map(std::fs::read_dir).flatten();
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| !path.is_dir()).collect()
}

fn trials(workspace: &Workspace) -> anyhow::Result<Vec<Trial>> {
    let workspace = Arc::new(workspace.clone());
    let blocks = blocks::runnable(&workspace)?;
    anyhow::ensure!(!blocks.is_empty(), "no chapter has a console block");
    book::build_programs(&blocks, &workspace)?;
    let mut trials: Vec<Trial> =
        blocks.into_iter().map(|runnable| trial(runnable, &workspace)).collect();
    trials.extend(pictures(&workspace)?);
    trials.extend(searches(&workspace)?);
    Ok(trials)
}

/// Every run that is drawn, recorded again.
fn pictures(workspace: &Arc<Workspace>) -> anyhow::Result<Vec<Trial>> {
    let timelines = recording::timelines(workspace)?;
    let here = timelines.is_empty() || recording::can_record(workspace);
    if !here {
        println!("no run is recorded again: lesson-timeline cannot trace here");
    }
    let trials = timelines.into_iter().map(|(name, timeline)| {
        let workspace = Arc::clone(workspace);
        let trial = Trial::test(format!("{name} (picture)"), move || {
            recording::check(&timeline, &workspace).map_err(|why| {
                format!("{name}:\n{why:#}\nif the program is right: cargo book bless").into()
            })
        });
        trial.with_ignored_flag(!here)
    });
    Ok(trials.collect())
}

/// Every claim about what processes can print, and every tree of orders, by a search.
fn searches(workspace: &Arc<Workspace>) -> anyhow::Result<Vec<Trial>> {
    let here = every_order::can_search(workspace);
    if !here {
        println!("no search is made again: lesson-every-order cannot search here");
    }
    let questions = book::searched(workspace)?.into_iter().map(|question| {
        let workspace = Arc::clone(workspace);
        Trial::test(format!("{} (question)", question.place), move || {
            question.check(&workspace).map_err(|why| format!("{}:\n{why:#}", question.place).into())
        })
    });
    let trees = every_order::schedulers(workspace)?.into_iter().map(|(place, tree)| {
        let workspace = Arc::clone(workspace);
        Trial::test(format!("{place} (tree)"), move || {
            every_order::check(&tree, &workspace).map_err(|why| {
                format!("{place}:\n{why:#}\nif the program is right: cargo book bless").into()
            })
        })
    });
    Ok(questions.chain(trees).map(|trial| trial.with_ignored_flag(!here)).collect())
}

fn trial(Runnable { chapter, block }: Runnable, workspace: &Arc<Workspace>) -> Trial {
    let file = workspace.relative(&chapter);
    let name = format!("{}:{}", file.display(), block.line);
    let missing = run::missing_tool(&block);
    if let Some(tool) = missing {
        println!("{name} is not run: there is no {tool} here");
    }
    let workspace = Arc::clone(workspace);
    let trial = Trial::test(name.clone(), move || {
        run::check(&block, &workspace).map_err(|mismatch| {
            format!("{name}:\n{}\nif the program is right: cargo book bless", mismatch.why).into()
        })
    });
    trial.with_ignored_flag(missing.is_some())
}
