//! Cargo builds, and says in JSON what came of it:
//! <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;

use lesson_cli::complain;
use serde::Deserialize;

use crate::process_group::Finished;
use crate::workspace::Workspace;

/// What cargo is asked to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The program with the checks: what `cargo test -p exercises` builds, so that neither has to
    /// build anew after the other.
    Checks,
    /// The library with the answers.
    Answers,
}

/// A build that went well.
#[derive(Debug)]
pub(crate) struct Built {
    /// The program with all checks.
    pub(crate) program: Option<PathBuf>,
    /// The libraries that were built or were built before, with their names.
    pub(crate) libraries: Vec<(String, PathBuf)>,
    /// The compiler's warnings about the answers.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// A build that did not go well.
#[derive(Debug)]
pub(crate) enum BuildError {
    /// The compiler refuses some code.
    NotCompiled(Vec<Diagnostic>),
    /// Something else: the disk is full, say, or cargo cannot get at a crate.
    Failed(String),
}

/// What the compiler says of a place in the code.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    /// Its words, as it would print them.
    pub(crate) text: String,
    /// The files that it points at, as cargo names them.
    pub(crate) files: Vec<String>,
}

/// A line of cargo's; of its many fields those that matter here.
#[derive(Debug, Deserialize)]
struct Line {
    reason: String,
    target: Option<Target>,
    message: Option<Message>,
    executable: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Message {
    rendered: Option<String>,
    level: String,
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Span {
    file_name: String,
    is_primary: bool,
}

impl Message {
    /// Whether this sums up the messages before, as "aborting due to 2 previous errors" and "for
    /// more information about this error" do: they have neither a place nor notes. (The linker's
    /// message, which is about a function that is not there, has notes.)
    fn is_summary(&self) -> bool {
        self.spans.is_empty() && self.children.is_empty()
    }

    fn diagnostic(self) -> Diagnostic {
        let primary = self.spans.into_iter().filter(|span| span.is_primary);
        let files = primary.map(|span| span.file_name).collect();
        Diagnostic { text: self.rendered.unwrap_or_default(), files }
    }
}

/// Cargo, asked to build.
pub(crate) fn command(workspace: &Workspace, goal: Goal, colour: bool) -> Command {
    // Set by the cargo that runs this program: the same version, found without a search.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    match goal {
        Goal::Checks => {
            command.args(["test", "--package", "exercises", "--test", "checks"]).arg("--no-run")
        }
        Goal::Answers => command.args(["build", "--package", "exercises", "--lib"]),
    };
    command.arg(if colour {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    });
    command.args(["--color", "never"]).current_dir(workspace.root()); // for cargo's own lines
    command
}

/// The first build takes a while; a reader at a terminal sees what cargo is doing.
pub(crate) fn print_progress(line: &str) {
    if io::stderr().is_terminal() && line.starts_with("Compiling") {
        complain(&format!("{line}\n"));
    }
}

/// What cargo built, or why not.
///
/// # Errors
///
/// The compiler's errors, or cargo's own words where the code is not at fault.
pub(crate) fn read(finished: &Finished) -> Result<Built, BuildError> {
    let lines = finished.stdout.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let (mut errors, mut others) = (Vec::new(), String::new());
    let mut built = Built { program: None, libraries: Vec::new(), warnings: Vec::new() };
    for line in lines {
        let name = line.target.map(|target| target.name).unwrap_or_default();
        match line.message {
            Some(message) if message.is_summary() => {
                // With other errors it only counts them.
                others.push_str(message.rendered.as_deref().unwrap_or_default());
            }
            Some(message) if message.level == "error" => errors.push(message.diagnostic()),
            Some(message) if name == "exercises" => built.warnings.push(message.diagnostic()),
            None if line.reason == "compiler-artifact" && line.executable.is_some() => {
                built.program = line.executable;
            }
            None if line.reason == "compiler-artifact" => {
                let library = line.filenames.iter().rev().find_map(|file| library_at(file));
                built.libraries.extend(library.map(|file| (name.replace('-', "_"), file)));
            }
            _ => {}
        }
    }
    if finished.status.success() {
        Ok(built)
    } else if errors.is_empty() {
        Err(BuildError::Failed(others + &finished.stderr))
    } else {
        Err(BuildError::NotCompiled(errors))
    }
}

/// The library that a file of cargo's belongs to. The one beside the metadata has a name of its
/// own, while another build may put its library in the place of the one in the folder above.
fn library_at(file: &Path) -> Option<PathBuf> {
    let is = |end| file.extension().is_some_and(|extension| extension == end);
    let beside = is("rmeta").then(|| file.with_extension("rlib")).filter(|file| file.is_file());
    beside.or_else(|| is("rlib").then(|| file.to_owned()))
}
