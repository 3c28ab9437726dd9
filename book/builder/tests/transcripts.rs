//! Every command that the book shows, run again: a test for each block and each picture, by
//! chapter and line.
//!
//! ```text
//! cargo test -p book --test transcripts fork-basics
//! ```

use std::process::ExitCode;
use std::sync::Arc;

use book::recording;
use book::transcript::run::{self, Place};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    match trials() {
        Ok(trials) => libtest_mimic::run(&Arguments::from_args(), trials).exit_code(),
        Err(why) => {
            eprintln!("{why:#}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> anyhow::Result<Vec<Trial>> {
    let place = Arc::new(run::place()?);
    let blocks = book::runnable()?;
    anyhow::ensure!(!blocks.is_empty(), "no chapter has a console block");
    book::build_programs(&blocks, &place)?;
    let mut trials: Vec<Trial> =
        blocks.into_iter().map(|runnable| trial(runnable, &place)).collect();
    trials.extend(pictures(&place)?);
    Ok(trials)
}

/// Every run that is drawn, recorded again.
fn pictures(place: &Arc<Place>) -> anyhow::Result<Vec<Trial>> {
    let timelines = recording::timelines()?;
    let here = timelines.is_empty() || recording::can_record(place);
    if !here {
        println!("no run is recorded again: lesson-timeline cannot trace here");
    }
    let trials = timelines.into_iter().map(|(name, timeline)| {
        let place = Arc::clone(place);
        let trial = Trial::test(format!("{name} (picture)"), move || {
            recording::check(&timeline, &place).map_err(|why| {
                format!("{name}:\n{why:#}\nif the program is right: cargo book bless").into()
            })
        });
        trial.with_ignored_flag(!here)
    });
    Ok(trials.collect())
}

fn trial(book::Runnable { chapter, block }: book::Runnable, place: &Arc<Place>) -> Trial {
    let file = chapter.strip_prefix(&place.root).unwrap_or(&chapter);
    let name = format!("{}:{}", file.display(), block.line);
    let missing = run::missing_tool(&block);
    if let Some(tool) = missing {
        println!("{name} is not run: there is no {tool} here");
    }
    let place = Arc::clone(place);
    let trial = Trial::test(name.clone(), move || {
        run::check(&block, &place).map_err(|misfit| {
            format!("{name}:\n{}\nif the program is right: cargo book bless", misfit.why).into()
        })
    });
    trial.with_ignored_flag(missing.is_some())
}
