//! The programs are nicer.
//!
//! base: reference
//! verdict: check failed
//! check: a_program_finds_what_the_caller_had

use std::convert::Infallible;
use std::ffi::CString;
use std::io::{PipeReader, PipeWriter, pipe};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};

/// Runs `commands` as a shell runs `a | b | c`, and returns how each of them ended.
///
/// # Errors
///
/// Fails if a pipe or a child cannot be created.
pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    let mut children = Vec::new();
    let started = start_all(commands, &mut children);
    // All pipes are closed in this process by now, so every program can end, even after an error.
    let statuses: Vec<_> = children.into_iter().map(wait_for).collect();
    started?;
    statuses.into_iter().collect()
}

/// Forks from left to right. Each iteration passes the pipe to read from on to the next.
fn start_all(commands: &[&[&str]], children: &mut Vec<Pid>) -> nix::Result<()> {
    let mut input = None;
    for (number, command) in commands.iter().enumerate() {
        let is_last = number + 1 == commands.len();
        let (next_input, output) = if is_last { (None, None) } else { ends_of_a_pipe()? };
        // SAFETY: to be called only in a process with one thread, so that no lock is held by a
        // thread that the child lacks. The checks ensure this; in a library it is an `unsafe fn`.
        match unsafe { fork()? } {
            ForkResult::Child => {
                let Err(error) = become_program(command, input, output);
                eprintln!("{}: {error}", command.join(" "));
                exit(127)
            }
            ForkResult::Parent { child } => children.push(child),
        }
        input = next_input; // the previous child has its copy; this drops the parent's
    }
    Ok(())
}

type Ends = (Option<PipeReader>, Option<PipeWriter>);

fn ends_of_a_pipe() -> nix::Result<Ends> {
    let (reader, writer) =
        pipe().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
    Ok((Some(reader), Some(writer)))
}

/// Returns only if it fails. All pipe ends are close-on-exec, whereas the copies that `dup2` makes
/// are not.
fn become_program(
    command: &[&str],
    input: Option<PipeReader>,
    output: Option<PipeWriter>,
) -> nix::Result<Infallible> {
    // SAFETY: takes a number.
    unsafe { libc::nice(5) };
    if let Some(input) = input {
        dup2_stdin(input)?;
    }
    if let Some(output) = output {
        dup2_stdout(output)?;
    }
    // SAFETY: this installs the kernel's own action, which runs no code of this program.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }?; // Rust ignores it, and exec keeps that
    let words: Result<Vec<CString>, _> = command.iter().map(|word| CString::new(*word)).collect();
    let words = words.map_err(|_| Errno::EINVAL)?;
    execvp(words.first().ok_or(Errno::ENOENT)?, &words)
}

fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
