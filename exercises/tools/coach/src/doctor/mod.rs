//! Checks that this machine has everything that the workbook needs.

mod leftovers;
mod programs;
mod system;

use std::process::ExitCode;

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::Result;
use grader::count;

use crate::course::Course;
use crate::events;
use crate::output::print;
use crate::report::Style;
use crate::text::wrap;

/// One thing that is looked at.
#[derive(Debug)]
struct Finding {
    name: &'static str,
    /// What it is needed for.
    needed_for: &'static str,
    /// Whether nothing goes without it.
    essential: bool,
    /// What there is; or what is wrong, and how to mend it.
    result: std::result::Result<String, (String, String)>,
}

/// Looks at everything, and prints it.
///
/// # Errors
///
/// If it cannot be printed.
pub(crate) fn run(style: Style) -> Result<ExitCode> {
    // Those that fork come first: this process has one thread so far.
    let mut findings = system::look();
    findings.extend(programs::look());
    let course = Course::open();
    findings.push(workbook(&course));
    if let Ok(course) = &course {
        findings.push(progress(course));
        findings.push(watching(&course.workspace().answers()));
        findings.push(leftovers::look(course.workspace()));
    }
    let shown: String = findings.iter().map(|finding| finding.shown(style)).collect();
    let wrong = findings.iter().filter(|finding| finding.result.is_err()).count();
    let fatal = findings.iter().any(|finding| finding.essential && finding.result.is_err());
    print(&(shown + &wrap(last_line(wrong, fatal), style.width)))?;
    Ok(if fatal { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn last_line(wrong: usize, fatal: bool) -> &'static str {
    match (wrong, fatal) {
        (0, _) => "\nYour machine has everything.\n",
        (_, false) => "\nYour machine has everything that is essential.\n",
        (_, true) => {
            "\nFix the lines marked MISSING first. The workbook cannot be used without them.\n"
        }
    }
}

impl Finding {
    fn shown(&self, style: Style) -> String {
        let Style { paint, width } = style;
        let name = format!("{:<15}", self.name);
        let text = match &self.result {
            Ok(detail) => {
                let text = format!("  {}\n", self.needed_for);
                format!("{} {name} {detail}\n{}", paint.green("ok     "), wrap(&text, width))
            }
            Err((why, mend)) => {
                let word = if self.essential { "MISSING" } else { "missing" };
                let text = format!("  {}\n  To fix it: {mend}\n", self.needed_for);
                format!("{} {name} {why}\n{}", paint.red(word), wrap(&text, width))
            }
        };
        wrap(&text, width)
    }
}

fn workbook(course: &anyhow::Result<Course>) -> Finding {
    Finding {
        name: "workbook",
        needed_for: "The exercises.",
        essential: true,
        result: match course {
            Ok(course) => Ok(count(course.catalogue().len(), "exercise", "exercises")),
            Err(why) => Err((
                format!("{why:#}"),
                "`git status` shows the files that you have changed, `git restore FILE` restores one"
                    .into(),
            )),
        },
    }
}

/// What the coach remembers, which git does not know.
fn progress(course: &Course) -> Finding {
    Finding {
        name: "progress",
        needed_for: "The record of the exercises that you have solved.",
        essential: false,
        result: match course.notice() {
            None => {
                let solved = course.solved().unwrap_or_default();
                Ok(format!("{} solved", count(solved, "exercise", "exercises")))
            }
            Some(why) => Err((why.to_owned(), "`cargo coach check`".to_owned())),
        },
    }
}

/// Changes a folder, and waits until the system tells of it.
fn watching(folder: &Path) -> Finding {
    let (events, told) = channel();
    let on_save = move || {
        let _ = events.send(()); // in vain after the first
    };
    let saves = events::saves(folder, on_save);
    let file = folder.join(format!(".doctor-{}", std::process::id()));
    let changed = fs::write(&file, "").and_then(|()| fs::remove_file(&file));
    let result = match (saves, changed) {
        (Err(why), _) => Err((
            format!("{why:#}"),
            "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl"
                .to_owned(),
        )),
        (_, Err(why)) => {
            Err((format!("{}: {why}", file.display()), "make exercises/src writable".to_owned()))
        }
        (Ok(_watcher), Ok(())) => match told.recv_timeout(Duration::from_secs(1)) {
            Ok(()) => Ok("the system reports changes".to_owned()),
            Err(_) => Err((
                "the system does not report changes in exercises/src".to_owned(),
                "nothing to do: the coach checks for changes every second instead. (A network or \
                 shared folder never reports changes.)"
                    .to_owned(),
            )),
        },
    };
    let needed_for = "The coach checks at every save.";
    Finding { name: "watching files", needed_for, essential: false, result }
}
