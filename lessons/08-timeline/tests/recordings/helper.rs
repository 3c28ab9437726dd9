//! Programs that do one thing with a child. Each order in them comes from a system call that
//! waits, none from a sleep.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, wait, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getppid};

/// Forks a child that runs `child`, and gives its PID.
fn fork_child(child: impl FnOnce()) -> Pid {
    // SAFETY: the helper has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }.expect("a child") {
        ForkResult::Child => {
            child();
            exit(4)
        }
        ForkResult::Parent { child } => child,
    }
}

/// Ends when its child is a zombie, which it can see without reaping it.
pub(crate) fn leave_a_zombie() {
    let child = fork_child(|| {});
    waitid(Id::Pid(child), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).expect("the child");
}

/// Ends before its child, which ends when it has another parent.
pub(crate) fn leave_an_orphan() {
    let parent = nix::unistd::getpid();
    fork_child(|| {
        while getppid() == parent {
            std::thread::yield_now();
        }
    });
}

/// A second thread runs another program, which takes the place of both.
pub(crate) fn exec_in_a_thread() {
    let thread = std::thread::spawn(|| Command::new("sh").args(["-c", "exit 5"]).exec());
    let error = thread.join();
    panic!("exec came back: {error:?}");
}

/// Its children become no zombies, and its wait comes back when the last has ended.
pub(crate) fn ignore_children() {
    // SAFETY: to ignore a signal installs no handler.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.expect("SIGCHLD can be ignored");
    fork_child(|| {});
    assert_eq!(wait(), Err(Errno::ECHILD));
}

/// Asks once before its child ends, which it does only then, and then waits.
pub(crate) fn ask_again_and_again() {
    let (mut gate, go) = io::pipe().expect("a pipe");
    let mut go = Some(go);
    let copy = go.as_ref().map(io::PipeWriter::try_clone);
    let child = fork_child(|| {
        drop(go.take());
        drop(copy); // the end of the pipe is to be the parent's alone
        let _ = gate.read(&mut [0]);
    });
    let first = waitpid(child, Some(WaitPidFlag::WNOHANG));
    assert_eq!(first, Ok(WaitStatus::StillAlive));
    drop(go);
    waitpid(child, None).expect("the child");
}
