//! What is wrong with the book, and where.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    file: PathBuf,
    line: usize,
    what: String,
}

impl Problem {
    /// A problem in `line` (from 1; 0 if no line can be named) of `file`.
    pub(crate) fn new(file: impl Into<PathBuf>, line: usize, what: impl fmt::Display) -> Self {
        Problem { file: file.into(), line, what: what.to_string() }
    }
}

/// `file:line: what`, as editors and terminals understand it.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        write!(f, " {}", self.what)
    }
}

/// No problem, or an error with one on each line.
///
/// # Errors
///
/// If there is any.
pub(crate) fn none_of(mut problems: Vec<Problem>) -> anyhow::Result<()> {
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    problems.dedup();
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(anyhow::anyhow!(lines.join("\n")))
}
