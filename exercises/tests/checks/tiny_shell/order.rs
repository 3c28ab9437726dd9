//! Which of the processes runs first after a fork: decided by handlers that the C library's `fork` calls
//! in both (pthread_atfork(3)), so that a race is lost in every run, and not in one of a thousand.

use std::io::pipe;
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{getpgrp, tcgetpgrp};

/// What is to happen from now on at each fork of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The shell goes on when the child has called exec and has the terminal, or is stopped.
    ChildFirst,
    /// The first child goes on when the second one has called exec.
    SecondChildFirst,
}

/// No process is held for longer, because the one that it waits for may itself wait for it.
const LONGEST: u16 = 500; // milliseconds

static SECOND_FIRST: AtomicBool = AtomicBool::new(false);
static FORKS: AtomicI32 = AtomicI32::new(0);
/// A pipe for the time of a fork. The write end is closed by the child's exec, or by its end.
static EXEC: [AtomicI32; 2] = [AtomicI32::new(-1), AtomicI32::new(-1)];
/// A pipe by which the second fork lets the first child go on.
static GO: [AtomicI32; 2] = [AtomicI32::new(-1), AtomicI32::new(-1)];

impl Order {
    /// There is no way back; the process of a check ends with the check.
    pub(super) fn begin(self) {
        SECOND_FIRST.store(self == Order::SecondChildFirst, SeqCst);
        make_pipe(&GO);
        // SAFETY: the handlers are functions of this program. In the child they make system calls only.
        let result = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
        assert_eq!(result, 0, "the check's handlers for fork");
    }
}

fn make_pipe(ends: &[AtomicI32; 2]) {
    let (reader, writer) = pipe().expect("a pipe for the check");
    ends[0].store(reader.into_raw_fd(), SeqCst);
    ends[1].store(writer.into_raw_fd(), SeqCst);
}

fn close(end: &AtomicI32) {
    // SAFETY: takes a number; the pipe is this file's own.
    unsafe { libc::close(end.swap(-1, SeqCst)) };
}

extern "C" fn before() {
    make_pipe(&EXEC);
}

extern "C" fn in_parent() {
    close(&EXEC[1]);
    let fork = FORKS.fetch_add(1, SeqCst);
    if !SECOND_FIRST.load(SeqCst) {
        wait_for(&EXEC[0]);
        wait_for_the_terminal();
    } else if fork == 1 {
        wait_for(&EXEC[0]);
        // SAFETY: reads one byte, which is there.
        unsafe { libc::write(GO[1].load(SeqCst), b".".as_ptr().cast(), 1) };
    }
    close(&EXEC[0]);
}

extern "C" fn in_child() {
    close(&EXEC[0]);
    if SECOND_FIRST.load(SeqCst) && FORKS.load(SeqCst) == 0 {
        wait_for(&GO[0]);
    }
}

/// Until there is something to read, or the end of it.
fn wait_for(end: &AtomicI32) {
    // SAFETY: the pipe is this file's own, and open.
    let end = unsafe { BorrowedFd::borrow_raw(end.load(SeqCst)) };
    while poll(&mut [PollFd::new(end, PollFlags::POLLIN)], LONGEST) == Err(Errno::EINTR) {}
}

fn wait_for_the_terminal() {
    let begin = Instant::now();
    let stopped = WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    while tcgetpgrp(std::io::stdin()) == Ok(getpgrp())
        && !matches!(waitid(Id::All, stopped), Ok(status) if status != WaitStatus::StillAlive)
        && begin.elapsed() < Duration::from_millis(LONGEST.into())
    {
        let _ = poll(&mut [], 2u8); // milliseconds
    }
}
