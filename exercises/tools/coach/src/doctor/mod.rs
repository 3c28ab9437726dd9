//! Is everything there that the workbook needs?

mod leftovers;
mod programs;
mod system;

use std::process::ExitCode;

use crate::coach::Coach;
use crate::commands::say;
use crate::text::{Paint, wrap};
use crate::{events, terminal};

/// One thing that is looked at.
#[derive(Debug)]
struct Finding {
    name: &'static str,
    /// What it is needed for.
    needed_for: &'static str,
    /// Whether nothing goes without it.
    essential: bool,
    /// What there is; or what is wrong, and how to mend it.
    result: Result<String, (String, String)>,
}

/// Looks at everything, and says it.
pub fn run() -> ExitCode {
    // Those that fork come first: this process has one thread so far.
    let mut findings = system::look();
    findings.extend(programs::look());
    let coach = Coach::open();
    findings.push(workbook(&coach));
    if let Ok(coach) = &coach {
        findings.push(watching(coach));
        findings.push(leftovers::look(&coach.workspace));
    }
    let paint = coach.map_or(Paint { on: false }, |coach| coach.paint);
    let width = terminal::width();
    findings.iter().for_each(|finding| say(&finding.shown(paint, width)));
    let wrong = findings.iter().filter(|finding| finding.result.is_err()).count();
    let fatal = findings.iter().any(|finding| finding.essential && finding.result.is_err());
    say(&wrap(last_line(wrong, fatal), width));
    if fatal { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn last_line(wrong: usize, fatal: bool) -> &'static str {
    match (wrong, fatal) {
        (0, _) => "\nEverything is there.\n",
        (_, false) => "\nEverything that you cannot do without is there.\n",
        (_, true) => "\nMend what says MISSING first: without it nothing goes.\n",
    }
}

impl Finding {
    fn shown(&self, paint: Paint, width: usize) -> String {
        let name = format!("{:<15}", self.name);
        let text = match &self.result {
            Ok(detail) => {
                let text = format!("  {}\n", self.needed_for);
                format!("{} {name} {detail}\n{}", paint.green("ok     "), wrap(&text, width))
            }
            Err((why, mend)) => {
                let word = if self.essential { "MISSING" } else { "missing" };
                let text = format!("  {}\n  To mend it: {mend}\n", self.needed_for);
                format!("{} {name} {why}\n{}", paint.red(word), wrap(&text, width))
            }
        };
        wrap(&text, width)
    }
}

fn workbook(coach: &anyhow::Result<Coach>) -> Finding {
    Finding {
        name: "workbook",
        needed_for: "The exercises, and what you have solved.",
        essential: true,
        result: match coach {
            Ok(coach) => {
                let solved = coach.solved().unwrap_or_default();
                Ok(format!("{solved} of {} exercises solved", coach.catalogue.exercises.len()))
            }
            Err(why) => Err((
                format!("{why:#}"),
                "`git status` shows what you have changed, `git restore FILE` brings it back"
                    .into(),
            )),
        },
    }
}

fn watching(coach: &Coach) -> Finding {
    let (events, _) = std::sync::mpsc::channel();
    Finding {
        name: "watching files",
        needed_for: "The coach checks at every save.",
        essential: false,
        result: match events::saves(&coach.workspace.answers(), events) {
            Ok(_) => Ok("the system tells of changes".to_owned()),
            Err(why) => Err((
                format!("{why:#}"),
                "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl"
                    .to_owned(),
            )),
        },
    }
}
