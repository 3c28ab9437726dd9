//! A check of one exercise: cargo builds the checks, then they are run.
//!
//! The coach starts the built program itself, not `cargo test`. So it knows for certain whether
//! the code did not compile or a check failed, and reads verdicts instead of text.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use grader::Fault;
use grader::report::{self, CheckReport};

use crate::compiler::{self, BuildError, Built, Goal};
use crate::process_group::{Finished, ProcessGroup};
use crate::workspace::Workspace;

/// The status with which a test program ends when a check has failed.
const CHECKS_FAILED: i32 = 101;

/// The outcome of a check.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The compiler refuses some code.
    NotCompiled {
        /// The compiler's words.
        text: String,
        /// The files that it found errors in, as cargo names them.
        files: Vec<String>,
    },
    /// Cargo could not build, for a reason outside of the code.
    NotBuilt {
        /// Its words.
        text: String,
    },
    /// The checks were run.
    Checked {
        /// How each of them ended.
        reports: Vec<CheckReport>,
        /// What the compiler warns of in the answer.
        warnings: String,
    },
}

impl Outcome {
    /// Whether all checks passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.all(report::Status::Passed)
    }

    /// Whether the checks say something about the answer: not if all that failed did so because the
    /// grader could not do its work, or the system had no process to give.
    pub(crate) fn is_about_the_answer(&self) -> bool {
        let Outcome::Checked { reports, .. } = self else { return false };
        let own = |report: &CheckReport| {
            !matches!(report.verdict.fault(), Some(Fault::GraderFailed | Fault::NoProcesses))
        };
        let mut failed = reports.iter().filter(|report| report.status != report::Status::Passed);
        self.has_passed() || failed.any(own)
    }

    /// Whether every check met the `todo!` of the stub.
    pub(crate) fn is_not_started(&self) -> bool {
        self.all(report::Status::NotStarted)
    }

    fn all(&self, status: report::Status) -> bool {
        match self {
            Outcome::Checked { reports, .. } => {
                reports.iter().all(|report| report.status == status)
            }
            _ => false,
        }
    }
}

/// What a running check tells, from a thread of its own.
#[derive(Debug)]
pub(crate) enum CheckEvent {
    /// Cargo says what it is doing.
    Building(String),
    /// The run of so many checks has begun.
    Began(usize),
    /// One of the checks has ended.
    Ended,
    /// The step is finished: call [`Check::next_step`].
    StepFinished,
}

/// A running check. Both steps are one value, so that nothing else has to know which one it is.
#[derive(Debug)]
pub(crate) struct Check {
    name: String,
    colour: bool,
    step: Step,
    /// Whether it was begun anew because cargo had compiled another file.
    is_repeated: bool,
}

#[derive(Debug)]
enum Step {
    Build(ProcessGroup),
    Run(ProcessGroup, Vec<compiler::Diagnostic>),
}

/// What comes after a step.
#[derive(Debug)]
pub(crate) enum Next {
    /// Another step.
    Running(Check),
    /// Nothing.
    Finished(Outcome),
}

impl Check {
    /// Starts to build, and then to check the exercise `name`.
    ///
    /// # Errors
    ///
    /// If cargo cannot be started.
    pub(crate) fn start(
        workspace: &Workspace,
        name: &str,
        colour: bool,
        tell: impl Fn(CheckEvent) + Clone + Send + 'static,
    ) -> Result<Check> {
        let mut cargo = compiler::command(workspace, Goal::Checks, colour);
        let on_line = {
            let tell = tell.clone();
            move |line: &str| {
                if !line.starts_with('{') {
                    tell(CheckEvent::Building(line.trim().to_owned()));
                }
            }
        };
        let group =
            ProcessGroup::start(&mut cargo, on_line, move || tell(CheckEvent::StepFinished))
                .context("cannot start cargo")?;
        Ok(Check { name: name.to_owned(), colour, step: Step::Build(group), is_repeated: false })
    }

    /// Whether it is the compiler that works.
    pub(crate) fn is_building(&self) -> bool {
        matches!(self.step, Step::Build(_))
    }

    /// Ends the step that is finished, and begins the next one.
    ///
    /// # Errors
    ///
    /// If the built program cannot be started, or ended in a way that tests do not.
    pub(crate) fn next_step(
        self,
        workspace: &Workspace,
        tell: impl Fn(CheckEvent) + Clone + Send + 'static,
    ) -> Result<Next> {
        match self.step {
            Step::Build(group) => {
                let finished = group.finish().context("cannot wait for cargo")?;
                match compiler::read(&finished) {
                    Ok(built) => {
                        let step = run(workspace, &self.name, built, tell)?;
                        Ok(Next::Running(Check { step, ..self }))
                    }
                    Err(why) => Ok(Next::Finished(refused(why))),
                }
            }
            Step::Run(group, warnings) => {
                let finished = group.finish().context("cannot wait for the checks")?;
                if is_about_another_file(&finished) && !self.is_repeated {
                    let again = Check::start(workspace, &self.name, self.colour, tell)?;
                    return Ok(Next::Running(Check { is_repeated: true, ..again }));
                }
                let file = workspace.short(&workspace.answer(&self.name));
                let own = warnings.into_iter().filter(|warning| warning.files.contains(&file));
                let warnings = own.map(|warning| warning.text).collect();
                let mut reports = reports(&finished)?;
                reports.sort_by_key(|report| report.index); // they come as they end
                Ok(Next::Finished(Outcome::Checked { reports, warnings }))
            }
        }
    }
}

fn refused(why: BuildError) -> Outcome {
    match why {
        BuildError::Failed(text) => Outcome::NotBuilt { text },
        BuildError::NotCompiled(errors) => Outcome::NotCompiled {
            files: errors.iter().flat_map(|error| error.files.clone()).collect(),
            text: errors.into_iter().map(|error| error.text).collect(),
        },
    }
}

fn run(
    workspace: &Workspace,
    name: &str,
    built: Built,
    tell: impl Fn(CheckEvent) + Clone + Send + 'static,
) -> Result<Step> {
    let program = built.program.context("cargo does not name the program with the checks")?;
    let on_line = {
        let tell = tell.clone();
        move |line: &str| match report::CheckEvent::read(line) {
            Ok(report::CheckEvent::Began { checks, .. }) => tell(CheckEvent::Began(checks)),
            Ok(report::CheckEvent::Checked(_)) => tell(CheckEvent::Ended),
            _ => {}
        }
    };
    let mut checks = checks(workspace, &program, name);
    let group = ProcessGroup::start(&mut checks, on_line, move || tell(CheckEvent::StepFinished))
        .context("cannot start the checks")?;
    Ok(Step::Run(group, built.warnings))
}

/// The built program, asked for the checks of one exercise. Cargo would start it in the same
/// folder.
fn checks(workspace: &Workspace, program: &Path, name: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(format!("{name}::")).arg("--json").current_dir(workspace.package());
    command.env_remove("GRADER_EXPECT").env_remove("GRADER_TIMELINE");
    command
}

/// Whether the program ended before its first check because an answer is not the file that was
/// compiled. It has given that file the present time, so the next build compiles it.
fn is_about_another_file(finished: &Finished) -> bool {
    finished.status.code() == Some(CHECKS_FAILED) && finished.stdout.is_empty()
}

/// What the program printed, if it came to its end.
fn reports(finished: &Finished) -> Result<Vec<CheckReport>> {
    let mut reports = Vec::new();
    for line in finished.stdout.lines() {
        match report::CheckEvent::read(line) {
            Ok(report::CheckEvent::Checked(report)) => reports.push(report),
            Ok(report::CheckEvent::Finished { .. }) => {
                ensure!(!reports.is_empty(), "this exercise has no checks");
                return Ok(reports);
            }
            _ => {}
        }
    }
    bail!("the checks ended too early, with {}:\n{}", finished.status, finished.stderr)
}

#[cfg(test)]
mod tests {
    use grader::Verdict;

    use super::*;

    fn outcome(faults: &[Fault]) -> Outcome {
        let report = |(index, fault): (usize, &Fault)| {
            let line = format!("{{\"fault\":\"{}\",\"text\":\"\"}}", fault.name());
            let findings = vec![serde_json::from_str(&line).unwrap()];
            let verdict = Verdict { findings, ..Verdict::default() };
            let (exercise, check) = ("many_forks".to_owned(), format!("check_{index}"));
            let (status, file, see) = (report::Status::Failed, None, None);
            CheckReport { exercise, check, index, status, file, see, verdict }
        };
        let reports = faults.iter().enumerate().map(report).collect();
        Outcome::Checked { reports, warnings: String::new() }
    }

    #[test]
    fn what_the_grader_could_not_do_is_not_held_against_the_answer() {
        assert!(!outcome(&[Fault::GraderFailed, Fault::NoProcesses]).is_about_the_answer());
        assert!(outcome(&[Fault::NoProcesses, Fault::NotWaitedFor]).is_about_the_answer());
        assert!(outcome(&[]).has_passed() && outcome(&[]).is_about_the_answer());
    }
}
