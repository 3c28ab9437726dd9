//! A child that ends just before a pause of the function under test.

use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::time::Duration;

use grader::plant::{Call, plant};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::WaitStatus;

use super::{held_child, wait_at_most, wait_for};

/// The child that ends when this process receives SIGUSR1, and its lead.
static LED: [AtomicI32; 2] = [const { AtomicI32::new(-1) }; 2];

/// Lets the child end, and returns when it has ended. It stays a zombie.
extern "C" fn lets_the_child_end(_signal: i32) {
    let [child, lead] = LED.each_ref().map(|number| number.load(Relaxed));
    // SAFETY: `write` is safe in a handler; the descriptor is open until the check closes it.
    unsafe { libc::write(lead, b".".as_ptr().cast(), 1) };
    // SAFETY: all zeroes are a siginfo_t.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOWAIT;
    // SAFETY: `info` lives until the call has returned. POSIX does not list `waitid` for handlers,
    // but it is one system call, which uses nothing of the process.
    unsafe { libc::waitid(libc::P_PID, child as u32, &raw mut info, flags) };
}

/// The child ends just before one of the pauses of your function, the first, the second, and so on. So it has ended
/// before the limit, whichever pause is the last.
pub(super) fn an_end_during_the_last_pause_is_seen() {
    let handler = SigHandler::Handler(lets_the_child_end);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler makes system calls only, and touches atomic numbers.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.expect("a handler of the check");
    grader::baseline();
    for call in [Call::Sleep, Call::Poll] {
        (1..40).take_while(|number| ends_before_a_pause(call, *number)).for_each(drop);
    }
}

/// Whether your function makes so many of these calls.
#[track_caller]
fn ends_before_a_pause(call: Call, number: u32) -> bool {
    let (child, lead) = held_child();
    LED[0].store(child.0.as_raw(), Relaxed);
    LED[1].store(lead.as_raw_fd(), Relaxed);
    let pause = plant(call.nth(number).in_parent().receives(Signal::SIGUSR1));
    let status = wait_at_most(child.0, Duration::from_millis(30));
    drop(lead);
    let ended = WaitStatus::Exited(child.0, 7);
    if !pause.happened() {
        assert_eq!(wait_for(child.0), Ok(ended), "the child ended after the limit");
        return false;
    }
    assert_eq!(
        status,
        Ok(Some(ended)),
        "the limit was 30 ms, and the child ended just before pause {number} of your function"
    );
    true
}
