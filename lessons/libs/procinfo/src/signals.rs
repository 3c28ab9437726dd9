use std::io;

use nix::sys::signal::{SigHandler, Signal, signal};

/// Gives the signals that a terminal sends (SIGINT, SIGQUIT, SIGHUP) their default actions again.
///
/// A shell starts what runs in the background, or under `nohup`, with some of them ignored, and
/// every child inherits that: execve(2), signal(7). A tool that starts programs as a reader would
/// start them calls this function first.
///
/// Makes system calls only, so it may be called between `fork` and `exec`.
///
/// # Errors
///
/// Those of sigaction(2), which are not expected for these signals.
pub fn default_terminal_signals() -> io::Result<()> {
    for sent in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP] {
        // SAFETY: the default action runs no code of this process.
        unsafe { signal(sent, SigHandler::SigDfl) }?;
    }
    Ok(())
}
