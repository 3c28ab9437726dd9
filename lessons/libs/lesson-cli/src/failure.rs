//! How a lesson fails, and what it then prints.

use std::io;
use std::process::ExitCode;

/// Why a lesson ended early. [`run`](crate::run) prints it and chooses the exit status.
#[derive(Debug)]
pub enum Failure {
    /// The arguments make no sense: one line on what is wrong, then the usage. Exit status 2.
    Usage(String),
    /// The system refused something. Exit status 1.
    System {
        /// What was tried, as in "fork".
        what: String,
        /// The system's reason.
        reason: io::Error,
    },
    /// Anything else, in words. Exit status 1.
    Other(String),
}

impl Failure {
    /// `what` failed for the system's `reason`, which may be an [`io::Error`] or an `Errno`.
    pub fn system(what: impl Into<String>, reason: impl Into<io::Error>) -> Self {
        Failure::System { what: what.into(), reason: reason.into() }
    }

    /// Tells the reader on standard error, and gives the exit status.
    pub(crate) fn report(&self, program: &str, usage: &str) -> ExitCode {
        match self {
            Failure::Usage(text) => {
                crate::complain(&format!("{program}: {text}\n\n{usage}"));
                ExitCode::from(2)
            }
            Failure::System { what, reason } => {
                let hint = hint(reason);
                crate::complain(&format!("{program}: {what} failed: {reason}\n{hint}"));
                ExitCode::FAILURE
            }
            Failure::Other(text) => {
                crate::complain(&format!("{program}: {text}\n"));
                ExitCode::FAILURE
            }
        }
    }
}

/// What to do about an error that a lesson may meet, if there is any advice.
fn hint(reason: &io::Error) -> &'static str {
    match reason.kind() {
        // EAGAIN. Among blocking calls, only those report it that would exceed a limit.
        io::ErrorKind::WouldBlock => {
            "hint: the process limit was reached (ulimit -u, or the container's); \
             end some processes or request fewer\n"
        }
        io::ErrorKind::OutOfMemory => "hint: memory is short; end other programs or request less\n",
        io::ErrorKind::PermissionDenied => "hint: this user is not allowed to do that here\n",
        _ => "",
    }
}
