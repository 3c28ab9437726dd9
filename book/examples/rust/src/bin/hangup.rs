//! A terminal goes away, and the session's first process gets SIGHUP. With `--ignore` it ignores
//! the signal, as under `nohup`, and reads end-of-file from its input instead.

use std::io::{self, Read, Write};
use std::process::exit;

use nix::pty::{ForkptyResult, forkpty};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::waitpid;

fn main() -> io::Result<()> {
    let ignore = std::env::args().any(|argument| argument == "--ignore");
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { forkpty(None, None) }? {
        ForkptyResult::Child => in_the_terminal(ignore),
        ForkptyResult::Parent { child, master } => {
            let mut terminal = std::fs::File::from(master);
            terminal.read_exact(&mut [0])?; // the child is ready
            drop(terminal); // the window is closed
            println!("{:?}", waitpid(child, None)?);
        }
    }
    Ok(())
}

/// The child is the first process of a new session, and the terminal is its controlling terminal.
fn in_the_terminal(ignore: bool) -> ! {
    if ignore {
        // SAFETY: to ignore a signal runs no code of this program.
        let _ = unsafe { signal(Signal::SIGHUP, SigHandler::SigIgn) };
    }
    let _ = io::stdout().write_all(b"!").and_then(|()| io::stdout().flush());
    let _ = io::stdin().read(&mut [0]);
    exit(3)
}
