//! HAZARD, on purpose: Rust's runtime ignores SIGPIPE, and a program that is started by fork and
//! exec inherits that.
//!
//! The shell's `yes` should be ended by SIGPIPE when `head` has its line. With `--default` the
//! child restores the signal's default action before its exec; with `--command` it is started by
//! `Command`, which does so too.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, exit};

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, execvp, fork};

/// `yes | head -n 1`, whose complaint is kept until the pipeline has ended: `head` closes its end of
/// the pipe before it writes its line, so the two would mix.
const PIPELINE: &CStr =
    c"exec 3>&1; said=$({ yes | head -n 1 >&3; } 2>&1); [ -z \"$said\" ] || echo \"$said\"";

fn main() -> io::Result<()> {
    let option = std::env::args().nth(1);
    if option.as_deref() == Some("--command") {
        let pipeline = OsStr::from_bytes(PIPELINE.to_bytes());
        return Command::new("sh").arg("-c").arg(pipeline).status().map(drop);
    }
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            if option.is_some() {
                // SAFETY: this installs the kernel's own action, which runs no code of ours.
                unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }?;
            }
            let _ = execvp(c"sh", &[c"sh", c"-c", PIPELINE]);
            exit(127)
        }
        ForkResult::Parent { child } => waitpid(child, None).map(drop)?,
    }
    Ok(())
}
