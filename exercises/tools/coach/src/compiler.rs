//! Cargo builds the checks, and says in JSON what came of it:
//! <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::group::Ended;
use crate::workspace::Workspace;

/// A build that went well.
#[derive(Debug)]
pub(crate) struct Built {
    /// The program with all checks.
    pub(crate) program: PathBuf,
    /// What the compiler warns of in the answers.
    pub(crate) warnings: String,
}

/// A line of cargo's; of its many fields those that matter here.
#[derive(Debug, Deserialize)]
struct Line {
    reason: String,
    target: Option<Target>,
    message: Option<Message>,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Message {
    message: String,
    rendered: Option<String>,
    level: String,
    spans: Vec<Span>,
}

#[derive(Debug, Deserialize)]
struct Span {
    file_name: String,
    is_primary: bool,
}

impl Message {
    /// "Aborting due to 2 previous errors", "3 warnings emitted": they have no place. (Nor have
    /// the linker's words, which are wanted.)
    fn says_nothing_new(&self) -> bool {
        let counts = ["aborting due to", "emitted"].iter().any(|part| self.message.contains(part));
        self.spans.is_empty() && (counts || self.level == "failure-note")
    }
}

/// Cargo, asked to build the checks: what the learner's own `cargo test -p exercises` builds, so
/// that neither has to build anew after the other.
pub(crate) fn command(workspace: &Workspace, colour: bool) -> Command {
    // Set by the cargo that runs this program: the same version, found without a search.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--package", "exercises", "--test", "checks", "--no-run"]);
    command.arg(if colour {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    });
    command.args(["--color", "never"]).current_dir(workspace.root()); // for its own lines
    command
}

/// The built program, or the errors, and the files that they are in.
pub(crate) fn read(ended: &Ended) -> Result<Built, (String, Vec<String>)> {
    let lines = ended.stdout.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let (mut program, mut errors, mut warnings, mut files) = (None, vec![], vec![], vec![]);
    for line in lines {
        let name = line.target.map(|target| target.name).unwrap_or_default();
        match line.message {
            Some(message) if message.says_nothing_new() => {}
            Some(message) if message.level == "error" => {
                files.extend(primary(&message.spans));
                errors.push(message.rendered.unwrap_or_default());
            }
            Some(message) if name == "exercises" => {
                warnings.push(message.rendered.unwrap_or_default());
            }
            _ if line.reason == "compiler-artifact" && name == "checks" => {
                program = line.executable;
            }
            _ => {}
        }
    }
    match program {
        Some(program) if ended.status.success() => {
            Ok(Built { program, warnings: warnings.concat() })
        }
        // No place in the code: cargo itself says what is wrong.
        _ if errors.is_empty() => Err((ended.stderr.clone(), files)),
        _ => Err((errors.concat(), files)),
    }
}

/// The files that a message points at.
fn primary(spans: &[Span]) -> impl Iterator<Item = String> {
    spans.iter().filter(|span| span.is_primary).map(|span| span.file_name.clone())
}
