//! From the last program to the first; what a round leaves to the next is the pipe to write to.

use std::ffi::CString;
use std::io::pipe;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
    let mut children: Vec<Pid> = Vec::new();
    let result = start_backwards(commands, &mut children);
    let statuses: Vec<_> = children.iter().rev().map(|child| wait_for(*child)).collect();
    result.and_then(|()| statuses.into_iter().collect())
}

fn start_backwards(commands: &[&[&str]], children: &mut Vec<Pid>) -> nix::Result<()> {
    let mut output = None;
    for (number, words) in commands.iter().enumerate().rev() {
        let (input, next_output) = match number {
            0 => (None, None),
            _ => {
                let (reader, writer) = pipe().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
                (Some(reader), Some(writer))
            }
        };
        match unsafe { fork() }? {
            ForkResult::Child => {
                drop(next_output);
                let mut command = Command::new(words[0]);
                command.args(&words[1..]);
                if let Some(input) = input {
                    command.stdin(input);
                }
                if let Some(output) = output {
                    command.stdout(output);
                }
                let error = command.exec(); // sets SIGPIPE right
                eprintln!("{error}");
                exit(127)
            }
            ForkResult::Parent { child } => children.push(child),
        }
        output = next_output;
    }
    Ok(())
}

fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    match waitpid(child, None) {
        Err(Errno::EINTR) => wait_for(child),
        result => result,
    }
}
