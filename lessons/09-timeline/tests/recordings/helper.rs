//! Programs that do one thing with a child. Each order in them comes from a system call that
//! waits, none from a sleep.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction, signal};
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

/// Its children become no zombies: the first is gone without a wait. The others end while
/// their parent waits, one after the other, and only then the wait comes back.
pub(crate) fn ignore_children() {
    // SAFETY: to ignore a signal installs no handler.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.expect("SIGCHLD can be ignored");
    let first = fork_child(|| {});
    while kill(first, None).is_ok() {
        std::thread::yield_now();
    }
    let second = fork_child(until_the_parent_sleeps);
    fork_child(|| while kill(second, None).is_ok() {});
    assert_eq!(wait(), Err(Errno::ECHILD));
}

/// Waits for one child while another ends, of which SIGCHLD tells a handler.
pub(crate) fn wait_for_the_later() {
    extern "C" fn nothing(_: nix::libc::c_int) {}
    let handler = SigHandler::Handler(nothing);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: a handler that does nothing may run at any time.
    unsafe { sigaction(Signal::SIGCHLD, &action) }.expect("SIGCHLD can be handled");
    let (mut gate, go) = io::pipe().expect("a pipe");
    let mut go = Some(go);
    let later = fork_child(|| {
        drop(go.take());
        let _ = gate.read(&mut [0]); // until the sooner has ended
    });
    let sooner = fork_child(until_the_parent_sleeps);
    drop(go);
    waitpid(later, None).expect("the later child");
    waitpid(sooner, None).expect("the sooner child");
}

fn until_the_parent_sleeps() {
    while !is_asleep(getppid()) {
        std::thread::yield_now();
    }
}

/// Whether `pid` sleeps, as in a wait.
fn is_asleep(pid: Pid) -> bool {
    procinfo::stat(pid).is_ok_and(|stat| stat.state == procinfo::State::Sleeping)
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
