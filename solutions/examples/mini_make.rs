//! The reference as a program, for makefiles that the exercise's `parse` understands:
//!
//! ```text
//! cargo run -p solutions --example mini_make -- Makefile report 4
//! ```
//!
//! brings the file `report` up to date, with at most four recipes at once. The exit status is make's:
//! 0, or 2 if something was not built.

use std::process::ExitCode;
use std::{env, fs};

use solutions::mini_make::{build, parse, plan};

const USAGE: &str = "usage: mini_make MAKEFILE GOAL JOBS";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match &arguments[..] {
        [makefile, goal, jobs] => make(makefile, goal, jobs),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(why) => {
            eprintln!("mini_make: {why}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is up to date now.
fn make(makefile: &str, goal: &str, jobs: &str) -> Result<bool, String> {
    let text = fs::read_to_string(makefile).map_err(|why| format!("{makefile}: {why}"))?;
    let rules = parse(&text).map_err(|why| format!("{makefile}: {why}"))?;
    let jobs = jobs.parse().map_err(|why| format!("{jobs}: {why}\n{USAGE}"))?;
    let stale = plan(&rules, goal).map_err(|why| format!("{goal}: {why:?}"))?;
    let report = build(&stale, jobs).map_err(|why| why.to_string())?;
    for (targets, what) in [(&report.failed, "failed"), (&report.not_begun, "not begun")] {
        if !targets.is_empty() {
            eprintln!("mini_make: {what}: {}", targets.join(" "));
        }
    }
    if let Some(signal) = report.signal {
        eprintln!("mini_make: {signal}");
    }
    Ok(report.failed.is_empty() && report.not_begun.is_empty())
}
