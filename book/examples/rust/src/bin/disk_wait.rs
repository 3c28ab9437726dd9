//! HAZARD: a process in state D that waits for no disk. Its `posix_spawn` returns when the new
//! process has called `exec`, and the new process first waits until a FIFO has a writer.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::exit;
use std::thread::yield_now;
use std::{env, io};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawnp};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::{wait, waitpid};
use nix::unistd::{ForkResult, fork, mkfifo};
use procinfo::State;

fn main() -> io::Result<()> {
    procinfo::become_subreaper()?; // the new process becomes this one's child when it is an orphan
    let fifo = env::temp_dir().join(format!("disk-wait-{}", std::process::id()));
    mkfifo(&fifo, Mode::S_IRWXU)?; // to open it for reading waits until it is opened for writing
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    let spawner = match unsafe { fork() }? {
        ForkResult::Child => exit(i32::from(start_true(&fifo).is_err())),
        ForkResult::Parent { child } => child,
    };
    // It may also wait for a disk for a moment, so its child must be there.
    let state = loop {
        let state = procinfo::stat(spawner)?.state;
        let is_in_spawn = state == State::DiskSleep && !procinfo::children_of(spawner)?.is_empty();
        if is_in_spawn || state.has_ended() {
            break state;
        }
        yield_now();
    };
    println!("state of the process that calls posix_spawn: {}", state.letter());
    kill(spawner, Signal::SIGKILL)?;
    let ended = waitpid(spawner, None)?;
    println!("after SIGKILL: {ended:?}");
    OpenOptions::new().write(true).open(&fifo)?;
    println!("the new process, once there is a writer: {:?}", wait()?);
    fs::remove_file(fifo)
}

/// Starts `true`, whose standard input is the FIFO.
fn start_true(fifo: &Path) -> Result<(), Errno> {
    let mut actions = PosixSpawnFileActions::init()?;
    actions.add_open(0, fifo, OFlag::O_RDONLY, Mode::empty())?;
    let attributes = PosixSpawnAttr::init()?;
    posix_spawnp(c"true", &actions, &attributes, &[c"true"], &[] as &[&std::ffi::CStr])?;
    Ok(())
}
