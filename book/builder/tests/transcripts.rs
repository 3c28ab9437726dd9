//! Every command that the book shows, run again: a test for each block, by chapter and line.
//!
//! ```text
//! cargo test -p book --test transcripts fork-basics
//! ```

use std::process::ExitCode;
use std::sync::Arc;

use book::transcript::run;
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
    let trials = blocks.into_iter().map(|book::Runnable { chapter, block }| {
        let file = chapter.strip_prefix(place.root.join("book/src")).unwrap_or(&chapter);
        let name = format!("{}:{}", file.display(), block.line);
        let (place, full) = (Arc::clone(&place), chapter.display().to_string());
        Trial::test(name, move || {
            run::check(&block, &place).map_err(|misfit| {
                let fix = "if the program is right: cargo book bless";
                format!("{full}:{}:\n{}\n{fix}", block.line, misfit.why).into()
            })
        })
    });
    Ok(trials.collect())
}
