//! HAZARD, on purpose: a process that leaves its group is not reached by a signal for the group.
//!
//! The shell starts two commands, and the second one gets a session of its own by `setsid`. As a
//! subreaper this process becomes the parent of whatever is left, and can end that too.

use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, getpgid};

/// Each command prints its PID when it is in its final group.
const SCRIPT: &str =
    "sh -c 'echo $$; exec sleep 100' & setsid sh -c 'echo $$; exec sleep 100' & wait";

fn main() -> io::Result<()> {
    procinfo::become_subreaper()?;
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT]).process_group(0).stdout(Stdio::piped());
    let mut shell = shell.spawn()?;
    let group = Pid::from_raw(shell.id().cast_signed());
    let mut lines = BufReader::new(shell.stdout.take().expect("BUG: it is piped")).lines();
    for _ in 0..2 {
        let pid = lines.next().expect("BUG: there are two commands")?;
        let pid = Pid::from_raw(pid.parse().map_err(io::Error::other)?);
        let its_group = getpgid(Some(pid))?;
        println!(
            "a command in {} group",
            if its_group == group { "the shell's" } else { "another" }
        );
    }
    killpg(group, Signal::SIGTERM)?;
    reap(Pid::from_raw(-group.as_raw()))?;
    println!("sent SIGTERM to the group: it is empty now");
    let left = procinfo::children_of(nix::unistd::getpid())?;
    println!("processes left: {}", left.len());
    for process in left {
        kill(process, Signal::SIGKILL)?;
    }
    reap(Pid::from_raw(-1))?;
    let left = procinfo::children_of(nix::unistd::getpid())?;
    println!("sent SIGKILL to the rest; processes left: {}", left.len());
    Ok(())
}

/// Waits for all children that `which` names.
fn reap(which: Pid) -> nix::Result<()> {
    loop {
        match waitpid(which, None) {
            Ok(_) => {}
            Err(Errno::ECHILD) => return Ok(()),
            Err(errno) => return Err(errno),
        }
    }
}
