//! The process in which the learner's function runs, with nothing else in it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::atomic::Ordering::*;

use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getpid, getppid, setpgid};

use crate::board::{Board, PANICKED, RETURNED};
use crate::check::{Check, Limits};
use crate::containment::Containment;
use crate::events::Kind;
use crate::{descriptors, hooks, platform};

/// The exit status of a process in which a panic was not caught, as in any Rust program.
const PANIC_STATUS: i32 = 101;

/// Threads, and processes that are there before the warden looks: the kernel's limit is a fuse,
/// and only the warden's makes a verdict.
const SLACK: u64 = 200;

/// No file may become larger than this many bytes.
const FILE_SIZE: u64 = 64 << 20;

/// What the warden has decided for the case.
pub(crate) struct Setup<'a> {
    pub(crate) check: &'a Check,
    pub(crate) board: &'static Board,
    pub(crate) containment: Containment,
    /// The process that has started the warden.
    pub(crate) harness: Pid,
}

/// Runs the check, then looks who came back, and which children are left.
pub(crate) fn run(setup: &Setup, outputs: [OwnedFd; 2]) -> ! {
    let me = getpid();
    let Setup { check, board, .. } = *setup;
    if let Err(error) = prepare(setup, &outputs) {
        eprintln!("grader: the process for the check cannot be set up: {error}");
        hooks::exit_unrecorded(PANIC_STATUS);
    }
    drop(outputs);
    platform::close_all_but_standard();
    panic::set_hook(Box::new(move |info| note_panic(board, me, info)));
    hooks::install(board);
    board.record(Kind::Begin, me.as_raw(), 0, 0);

    let result = panic::catch_unwind(AssertUnwindSafe(check.body));

    if getpid() != me {
        let kind = if result.is_ok() { Kind::CameBack } else { Kind::Panicked };
        board.record(kind, getpid().as_raw(), getppid().as_raw(), 0);
        hooks::exit_unrecorded(if result.is_ok() { 0 } else { PANIC_STATUS });
    }
    let _ = std::io::stdout().flush(); // print!("…") without a newline, as a return from main does
    look_back(board);
    board.returned.store(if result.is_ok() { RETURNED } else { PANICKED }, Release);
    hooks::exit_unrecorded(if result.is_ok() { 0 } else { PANIC_STATUS })
}

fn prepare(setup: &Setup, [out, err]: &[OwnedFd; 2]) -> io::Result<()> {
    let (me, keeper) = (getpid(), getppid());
    platform::die_with_parent();
    platform::prefer_when_memory_is_short();
    setpgid(me, me)?;
    dup2_stdin(File::open("/dev/null")?)?;
    dup2_stdout(out)?;
    dup2_stderr(err)?;
    limit(&setup.check.limits)?;
    if setup.containment.counts_for_itself() {
        platform::limit_processes(u64::from(setup.check.limits.processes) + SLACK)?;
    }
    setup.board.keeper.store(keeper.as_raw(), Relaxed);
    setup.board.case.store(me.as_raw(), Relaxed);
    Ok(())
}

/// The limits that the kernel keeps. The others are the warden's.
fn limit(limits: &Limits) -> nix::Result<()> {
    let seconds = limits.time.as_secs() + 2; // of CPU time: a fuse for what the warden loses sight of
    for (resource, value) in [
        (Resource::RLIMIT_AS, limits.memory),
        (Resource::RLIMIT_CPU, seconds),
        (Resource::RLIMIT_FSIZE, FILE_SIZE),
        (Resource::RLIMIT_CORE, 0),
    ] {
        setrlimit(resource, value, value)?;
    }
    Ok(())
}

/// Keeps the first message of the case, and the first of any child: a check may make a child
/// panic on purpose. The standard message with its backtrace would only frighten.
fn note_panic(board: &Board, case: Pid, info: &PanicHookInfo) {
    let me = getpid();
    let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
    let text = info.payload_as_str().unwrap_or("(a panic without a message)");
    let message = format!("{}\n{text}", place.unwrap_or_default());
    if me == case {
        board.case_said.write(me.as_raw(), &message);
    } else {
        board.child_said.write(me.as_raw(), &message);
    }
}

/// Counts the children that were not waited for: those that have ended, and whether any lives.
fn look_back(board: &Board) {
    board.descriptors.store(descriptors::open_mask(), Relaxed);
    loop {
        match hooks::wait_unrecorded(-1, libc::WNOHANG) {
            Ok((0, _)) => return board.running.store(1, Relaxed),
            Ok((child, status)) => {
                board.record(Kind::LeftZombie, child, 0, status);
                board.zombies.fetch_add(1, Relaxed);
            }
            Err(Errno::EINTR) => {}
            Err(_) => return, // ECHILD: no children, as it should be
        }
    }
}
