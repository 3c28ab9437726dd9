//! The structure on its way to another language, and back.

use std::io::{self, ErrorKind, Write};
use std::process::{Child, Command, Output, Stdio};

use lesson_cli::{Failure, say};

use crate::format::Format;
use crate::voyage::{Answer, Voyage};

/// What Python does with the structure.
const PROGRAM: &str = include_str!("answer.py");

pub(crate) fn ask(voyage: &Voyage) -> Result<(), Failure> {
    say!("PYTHON: as JSON to a Python process, and back");
    let python = match start() {
        Ok(python) => python,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            say!("This part is skipped, because python3 cannot be started here:");
            say!("{error}");
            return Ok(());
        }
        Err(error) => return Err(Failure::system("starting python3", error)),
    };
    let question = Format::Json.encode(voyage);
    let output = exchange(python, &question)
        .map_err(|error| Failure::system("talking to python3", error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("nothing");
        return Err(Failure::Other(format!("python3 failed ({}): {last}", output.status)));
    }
    let answer: Answer = Format::Json
        .decode(&output.stdout)
        .map_err(|error| Failure::Other(format!("python3 sent an invalid answer: {error}")))?;
    say!("Sent {} bytes of JSON and received {}.", question.len(), output.stdout.len());
    say!("(Python writes a space after each comma, and ö as \\u00f6: the same data.)");
    answer.say();
    answer.compare_with(voyage)
}

/// `-I` keeps Python from importing files that happen to be in this folder.
fn start() -> io::Result<Child> {
    Command::new("python3")
        .args(["-I", "-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Sends `question` and waits for the end. Python reads all of it before it answers, so neither
/// waits for the other with a full pipe.
fn exchange(mut python: Child, question: &[u8]) -> io::Result<Output> {
    let sent = python.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(question));
    let output = python.wait_with_output()?;
    match sent {
        // Python ended without reading; its exit status says more than our broken pipe.
        Err(error) if output.status.success() => Err(error),
        _ => Ok(output),
    }
}
