//! A wait that was interrupted is taken for the end of the program.
//!
//! base: all_pipes_first
//! verdict: not waited for
//! check: a_signal_interrupts_every_wait

use std::ffi::CString;
use std::io::pipe;
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execvp, fork};

pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    let mut pipes = Vec::new();
    for _ in 1..commands.len() {
        pipes.push(pipe().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?);
    }
    let mut children: Vec<Pid> = Vec::new();
    let mut failed = None;
    for (number, command) in commands.iter().enumerate() {
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                if number > 0 && dup2_stdin(&pipes[number - 1].0).is_err() {
                    exit(127);
                }
                if number < pipes.len() && dup2_stdout(&pipes[number].1).is_err() {
                    exit(127);
                }
                let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
                let words: Vec<CString> =
                    command.iter().filter_map(|word| CString::new(*word).ok()).collect();
                let _ = execvp(&words[0], &words);
                exit(127)
            }
            Ok(ForkResult::Parent { child }) => children.push(child),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    drop(pipes);
    let mut statuses = Vec::new();
    for child in children {
        let status = loop {
            match waitpid(child, None) {
                Err(Errno::EINTR) => break Ok(WaitStatus::Exited(child, 0)),
                result => break result,
            }
        };
        statuses.push(status?);
    }
    failed.map_or(Ok(statuses), Err)
}
