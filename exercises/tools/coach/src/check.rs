//! A check of one exercise: cargo builds the checks, then they are run.
//!
//! The coach starts the built program itself, not `cargo test`: so it knows for certain whether
//! the code did not compile or a check failed, and can run the program again without a build.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::compiler::{self, Built};
use crate::group::{Ended, Group};
use crate::workspace::Workspace;

/// How the checks are to be run and shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colours.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Draw what the processes did.
    pub timeline: bool,
}

/// What came out.
#[derive(Debug)]
pub enum Outcome {
    /// It did not compile.
    NotCompiled {
        /// The compiler's words.
        text: String,
        /// The files that it found errors in, as cargo names them.
        files: Vec<String>,
    },
    /// All checks passed.
    Passed(String),
    /// At least one failed; in the grader's words.
    Failed(String),
}

/// What a check tells while it runs, in whatever thread.
#[derive(Debug)]
pub enum News {
    /// What cargo is at.
    Progress(String),
    /// The step is over: ask [`Check::go_on`].
    StepOver,
}

/// Both steps are one value, so that nothing else has to know which one it is.
#[derive(Debug)]
pub struct Check {
    name: String,
    style: Style,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Build(Group),
    Run(Group, Built),
}

/// What comes after a step.
#[derive(Debug)]
pub enum Next {
    /// The second step.
    Running(Check),
    /// Nothing.
    Over(Outcome),
}

impl Check {
    /// Starts to build, and then to check the exercise `name`.
    ///
    /// # Errors
    ///
    /// If cargo cannot be started.
    pub fn start(
        workspace: &Workspace,
        name: &str,
        style: Style,
        tell: impl Fn(News) + Clone + Send + 'static,
    ) -> Result<Check> {
        let mut cargo = compiler::command(workspace, style.colour);
        let heard = {
            let tell = tell.clone();
            let mut pending = Vec::new(); // cargo writes a line in pieces
            move |bytes: &[u8]| {
                pending.extend_from_slice(bytes);
                if let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') {
                    let lines: Vec<u8> = pending.drain(..=end).collect();
                    let lines = String::from_utf8_lossy(&lines);
                    tell(News::Progress(
                        lines.lines().last().unwrap_or_default().trim().to_owned(),
                    ));
                }
            }
        };
        let group = Group::start(&mut cargo, heard, move || tell(News::StepOver))
            .context("cannot start cargo")?;
        Ok(Check { name: name.to_owned(), style, step: Step::Build(group) })
    }

    /// The exercise that is checked.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the compiler that works.
    pub fn is_building(&self) -> bool {
        matches!(self.step, Step::Build(_))
    }

    /// Ends the step that is over, and begins the next one.
    ///
    /// # Errors
    ///
    /// If the built program cannot be started, or ended in a way that tests do not.
    pub fn go_on(
        self,
        workspace: &Workspace,
        tell: impl Fn(News) + Send + 'static,
    ) -> Result<Next> {
        let Check { name, style, step } = self;
        match step {
            Step::Build(group) => {
                let ended = group.finish().context("cannot wait for cargo")?;
                match compiler::read(&ended) {
                    Ok(built) => {
                        let mut checks = checks(workspace, &built.program, &name, style);
                        let group = Group::start(&mut checks, |_| (), move || tell(News::StepOver))
                            .context("cannot start the checks")?;
                        Ok(Next::Running(Check { name, style, step: Step::Run(group, built) }))
                    }
                    Err((text, files)) => Ok(Next::Over(Outcome::NotCompiled { text, files })),
                }
            }
            Step::Run(group, built) => {
                let ended = group.finish().context("cannot wait for the checks")?;
                verdict(built, &ended).map(Next::Over)
            }
        }
    }
}

/// The built program, asked for the checks of one exercise. Cargo would start it in the same
/// folder.
fn checks(workspace: &Workspace, program: &Path, name: &str, style: Style) -> Command {
    let mut command = Command::new(program);
    command.arg(format!("{name}::")).args(["--brief", "--color"]);
    command.arg(if style.colour { "always" } else { "never" });
    command.current_dir(workspace.root().join("exercises"));
    command.env("COLUMNS", style.width.to_string()).env_remove("GRADER_EXPECT");
    if style.timeline {
        command.arg("--nocapture").env("GRADER_TIMELINE", "1");
    } else {
        command.env_remove("GRADER_TIMELINE");
    }
    command
}

/// By what the program printed and how it ended: 0 is green, 101 red, as in `cargo test`.
fn verdict(built: Built, ended: &Ended) -> Result<Outcome> {
    let text = built.warnings + &ended.stdout + &ended.stderr;
    match ended.status.code() {
        Some(0) => Ok(Outcome::Passed(text)),
        Some(101) => Ok(Outcome::Failed(text)),
        _ => anyhow::bail!("the checks ended with {}:\n{text}", ended.status),
    }
}
