//! How a process becomes a daemon: fork, setsid, fork again. Each step prints where it is.
//!
//! The last process reports through a pipe, because its standard output is /dev/null by then.

use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, chdir, dup2_stderr, dup2_stdin, dup2_stdout, fork};
use nix::unistd::{Pid, getpgrp, getpid, getsid, setsid};

fn main() -> io::Result<()> {
    let (mut reader, writer) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let done = become_daemon(&writer);
            exit(done.is_err().into())
        }
        ForkResult::Parent { child } => {
            drop(writer);
            waitpid(child, None)?; // it ends at once; the daemon does not
            let mut report = String::new();
            reader.read_to_string(&mut report)?;
            print!("{report}");
        }
    }
    Ok(())
}

fn become_daemon(report: &PipeWriter) -> io::Result<()> {
    tell(report, "after the first fork:")?;
    setsid()?; // a new session, without a terminal
    tell(report, "after setsid:")?;
    // SAFETY: as in `main`.
    if let ForkResult::Parent { .. } = unsafe { fork() }? {
        exit(0) // the session has no leader any more, so it cannot get a terminal
    }
    chdir("/")?; // keeps no file system busy
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    tell(report, "after the second fork:")
}

fn tell(mut report: &PipeWriter, when: &str) -> io::Result<()> {
    let (me, session) = (getpid(), getsid(None)?);
    let leads = |leader: Pid| if leader == me { "leads" } else { "is in" };
    let (group, session) = (leads(getpgrp()), leads(session));
    let line = format!("{when:<23} {group} its group, {session} its session\n");
    report.write_all(line.as_bytes())
}
