//! HAZARD: a process in state D that waits for no disk. Its `posix_spawn` returns when the new
//! process has called `exec`, and the new process first waits until a FIFO has a writer.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsRawFd;
use std::process::exit;
use std::thread::yield_now;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawnp};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::{wait, waitpid};
use nix::unistd::{ForkResult, fork};
use procinfo::State;

fn main() -> io::Result<()> {
    procinfo::become_subreaper()?; // the new process becomes this one's child when it is an orphan
    let (reader, writer) = io::pipe()?;
    drop(writer);
    // Opened by this name, a pipe is a FIFO: to open it for reading waits for a writer.
    let fifo = format!("/proc/self/fd/{}", reader.as_raw_fd());
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    let spawner = match unsafe { fork() }? {
        ForkResult::Child => exit(i32::from(start_true(&fifo).is_err())),
        ForkResult::Parent { child } => child,
    };
    let mut state = procinfo::stat(spawner)?.state;
    while matches!(state, State::Running | State::Sleeping) {
        yield_now();
        state = procinfo::stat(spawner)?.state;
    }
    println!("state of the process that calls posix_spawn: {}", state.letter());
    kill(spawner, Signal::SIGKILL)?;
    let ended = waitpid(spawner, None)?;
    println!("after SIGKILL: {ended:?}");
    OpenOptions::new().write(true).open(&fifo)?;
    println!("the new process, once there is a writer: {:?}", wait()?);
    Ok(())
}

/// Starts `true`, whose standard input is the FIFO.
fn start_true(fifo: &str) -> Result<(), Errno> {
    let mut actions = PosixSpawnFileActions::init()?;
    actions.add_open(0, fifo, OFlag::O_RDONLY, Mode::empty())?;
    let attributes = PosixSpawnAttr::init()?;
    posix_spawnp(c"true", &actions, &attributes, &[c"true"], &[] as &[&std::ffi::CStr])?;
    Ok(())
}
