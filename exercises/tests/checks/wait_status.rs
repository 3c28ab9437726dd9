//! What your `in_words`, `wait_for` and `wait_at_most` must do.

use std::io::{PipeWriter, Read, Write, pipe};
use std::thread::panicking;
use std::time::{Duration, Instant};

use grader::{Helper, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::wait_status::{in_words, wait_at_most, wait_for};

#[path = "alarms.rs"]
mod alarms;
#[path = "wait_status/last_pause.rs"]
mod last_pause;
#[path = "tools.rs"]
mod tools;
use last_pause::an_end_during_the_last_pause_is_seen;
use tools::{LITTLE, die, slow_work};

const WAITS_ON: &str = "\
The child still runs when the limit expires, and your function continues to wait for it: waitpid
without WNOHANG has no time limit.";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "wait_status",
        [
            check!(statuses_in_words).forks(0).see("waitpid.md#the-status-word"),
            check!(it_waits_for_this_child_and_no_other)
                .forks(2)
                .see("waitpid.md#one-child-or-any"),
            check!(a_signal_does_not_end_the_wait).forks(1).see("waitpid.md#eintr"),
            check!(the_limit_is_kept).forks(1).if_it_hangs(WAITS_ON).see("waitpid.md#a-time-limit"),
            check!(a_signal_is_an_end_too).forks(2).see("waitpid.md#signals"),
            check!(after_the_limit_nothing_goes_on_waiting).forks(1).if_it_hangs(WAITS_ON).see("waitpid.md#a-time-limit"),
            check!(signals_do_not_move_the_limit)
                .forks(1)
                .if_it_hangs(
                    "A signal interrupted a sleep, and the limit has expired since. Does your function start the wait\n\
                     anew after each signal? Compute the end of the limit once, and compare it with the clock.",
                )
                .within(Duration::from_millis(1500))
                .see("waitpid.md#eintr"),
            check!(an_end_is_noticed_soon).forks(1).see("waitpid.md#a-time-limit"),
            check!(a_late_end_is_noticed_soon).forks(1).see("waitpid.md#a-time-limit"),
            check!(an_end_before_the_wait_is_seen).forks(2).see("waitpid.md#a-time-limit"),
            check!(a_signal_that_the_caller_blocks_stays_blocked).forks(1),
            check!(a_limit_may_be_short_or_very_long).forks(1 + LONG.len() as u32).see("waitpid.md#a-time-limit"),
            check!(the_end_of_another_child_does_not_count)
                .forks(2)
                .if_it_hangs(
                    "Another child has ended, and this one still runs. SIGCHLD does not say which child has ended:\n\
                     check this child with WNOHANG, and continue to wait for the rest of the time.",
                )
                .see("waitpid.md#one-child-or-any"),
            check!(no_such_child_is_an_error).forks(1).within(Duration::from_secs(1)),
            check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(waiting_leaves_the_processor_to_others)
                .forks(2)
                .if_it_hangs(WAITS_ON)
                .uses_at_most(LITTLE)
                .see("waitpid.md#a-time-limit"),
            check!(an_end_during_the_last_pause_is_seen).see("waitpid.md#a-time-limit"),
            check!(an_end_between_two_calls_is_seen)
                .in_every_order()
                .with_any_call_interrupted()
                .see("waitpid.md#eintr"),
        ],
    )
}

/// A child of the check. If an assertion fails, the child is ended and reaped, so that the verdict is
/// about the assertion and not about this child.
struct Child(Pid);

impl Drop for Child {
    fn drop(&mut self) {
        if panicking() {
            let _ = kill(self.0, Signal::SIGKILL);
            let _ = waitpid(self.0, None);
        }
    }
}

/// Forks. The child has `None`.
fn forked() -> Option<Child> {
    // SAFETY: a check has one thread.
    match unsafe { fork() }.expect("a fork of the check") {
        ForkResult::Child => None,
        ForkResult::Parent { child } => Some(Child(child)),
    }
}

/// Ends this process at once.
fn end(status: i32) -> ! {
    // SAFETY: takes a number, and does not return.
    unsafe { libc::_exit(status) }
}

/// A child that ends with exit status 7 when a byte is written into `lead`, or when `lead` is dropped.
fn held_child() -> (Child, PipeWriter) {
    let (mut reader, lead) = pipe().expect("a pipe for the check");
    grader::own_pipe(&reader);
    let Some(child) = forked() else {
        drop(lead);
        let _ = reader.read(&mut [0]);
        end(7)
    };
    (child, lead)
}

/// In C, a status is one number that contains everything: 768 is exit status 3, because it is 3 times
/// 256. A signal is not an exit status: 137, which a shell shows for SIGKILL, is the shell's own number.
fn statuses_in_words() {
    let pid = Pid::from_raw(4711);
    let raw = |raw| WaitStatus::from_raw(pid, raw).expect("a status that there is");
    for (status, words) in [
        (raw(0), "ended with exit status 0"),
        (raw(768), "ended with exit status 3"),
        (raw(65280), "ended with exit status 255"),
        (raw(libc::SIGKILL), "killed by SIGKILL"),
        (raw(libc::SIGSEGV), "killed by SIGSEGV"),
        (raw(libc::SIGSEGV | 0x80), "killed by SIGSEGV (core dumped)"),
        (WaitStatus::Stopped(pid, Signal::SIGTSTP), "stopped by SIGTSTP"),
        (WaitStatus::Continued(pid), "continued"),
        (WaitStatus::StillAlive, "still running"),
    ] {
        assert_eq!(in_words(status), words, "{status:?}");
    }
    for signal in Signal::iterator() {
        let words = format!("killed by {signal}");
        assert_eq!(in_words(WaitStatus::Signaled(pid, signal, false)), words, "{signal}");
        let words = format!("stopped by {signal}");
        assert_eq!(in_words(WaitStatus::Stopped(pid, signal)), words, "{signal}");
    }
}

/// The other child has already ended, and is a zombie. Your function must not reap it.
fn it_waits_for_this_child_and_no_other() {
    let other = forked().unwrap_or_else(|| end(8));
    until(other.0, libc::WEXITED);
    let child = forked().unwrap_or_else(|| end(9));
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 9)), "wait_for(child)");
    let limit = Duration::from_secs(1);
    let status = wait_at_most(other.0, limit);
    assert_eq!(
        status,
        Ok(Some(WaitStatus::Exited(other.0, 8))),
        "wait_at_most, for the other child"
    );
}

/// SIGKILL ends one child for each of the two functions.
fn a_signal_is_an_end_too() {
    let killed = || forked().unwrap_or_else(|| die());
    let child = killed();
    let wanted = WaitStatus::Signaled(child.0, Signal::SIGKILL, false);
    assert_eq!(wait_for(child.0), Ok(wanted), "wait_for, and SIGKILL ended the child");
    let child = killed();
    let wanted = WaitStatus::Signaled(child.0, Signal::SIGKILL, false);
    let status = wait_at_most(child.0, Duration::from_secs(2));
    assert_eq!(status, Ok(Some(wanted)), "wait_at_most, and SIGKILL ended the child");
}

/// Waits until `child` has ended, or stopped, and leaves its status for others to ask for.
fn until(child: Pid, what: i32) {
    ask(child, what);
}

/// The PID that waitid tells, or 0, without a change of what it will tell next time.
fn ask(child: Pid, flags: i32) -> i32 {
    // SAFETY: the structure is plain numbers, for which zeroes are fine.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let (id, flags) = (child.as_raw() as u32, flags | libc::WNOWAIT);
    // SAFETY: `info` lives until the call has returned.
    let result = unsafe { libc::waitid(libc::P_PID, id, &raw mut info, flags) };
    assert_eq!(result, 0, "the check's own waitid");
    // SAFETY: waitid has filled it in, or it is all zeroes.
    unsafe { info.si_pid() }
}

/// Three alarms expire during the wait, and each interrupts waitpid. Only the third lets the child end.
fn a_signal_does_not_end_the_wait() {
    let (child, lead) = held_child();
    alarms::start(3, &lead);
    let status = wait_for(child.0);
    alarms::stop();
    assert_eq!(status, Ok(WaitStatus::Exited(child.0, 7)), "wait_for, with signals in between");
}

/// The child still runs when the limit expires, and is unharmed. The caller can wait for it again, and
/// this time it ends.
fn the_limit_is_kept() {
    let (child, lead) = held_child();
    let (limit, start) = (Duration::from_millis(60), Instant::now());
    assert_eq!(wait_at_most(child.0, limit), Ok(None), "the child still runs");
    let took = start.elapsed();
    assert!(took >= limit, "wait_at_most returned after {took:?}; the limit was {limit:?}");
    no_thread_is_left();
    let runs = kill(child.0, None).is_ok();
    assert!(
        runs,
        "When the limit expired, your function ended the child, which should have continued to run."
    );
    let now = Duration::ZERO;
    assert_eq!(wait_at_most(child.0, now), Ok(None), "the child still runs; the limit was zero");
    let stopped = ask(child.0, libc::WSTOPPED | libc::WNOHANG) != 0;
    assert!(!stopped, "When the limit expired, your function stopped the child.");
    drop(lead);
    let status = wait_for(child.0);
    assert_eq!(status, Ok(WaitStatus::Exited(child.0, 7)), "the same child, which has ended now");
}

/// An alarm expires every 5 ms, for ever. A function that starts anew after each of them, or that does
/// not count a pause that was interrupted, never returns.
fn signals_do_not_move_the_limit() {
    let (child, lead) = held_child();
    alarms::start(u32::MAX, &lead);
    let (limit, start) = (Duration::from_millis(250), Instant::now());
    let status = wait_at_most(child.0, limit);
    alarms::stop();
    assert_eq!(status, Ok(None), "the child still runs; signals arrived in between");
    let took = start.elapsed();
    assert!(took >= limit, "wait_at_most returned after {took:?}; the limit was {limit:?}");
    drop(lead);
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 7)));
}

/// The child ends at once, and the limit is two seconds. A function that sleeps first and checks
/// afterwards needs all of them.
fn an_end_is_noticed_soon() {
    let child = forked().unwrap_or_else(|| end(7));
    let (limit, start) = (Duration::from_secs(2), Instant::now());
    assert_eq!(wait_at_most(child.0, limit), Ok(Some(WaitStatus::Exited(child.0, 7))));
    let took = start.elapsed();
    assert!(
        took < Duration::from_millis(500),
        "the child ended at once; the wait, with the limit {limit:?}, took {took:?}"
    );
}

/// The child works for 0.65 s, and reports the time of its end. With pauses that grow without limit,
/// the end would be noticed the later, the longer the child has worked.
fn a_late_end_is_noticed_soon() {
    let (mut reader, mut writer) = pipe().expect("a pipe for the check");
    let start = Instant::now(); // the clock is the same in both processes
    let child = forked().unwrap_or_else(|| {
        slow_work(650);
        let _ = writer.write_all(&start.elapsed().as_micros().to_ne_bytes());
        end(7)
    });
    let status = wait_at_most(child.0, Duration::from_secs(2));
    let noticed = start.elapsed();
    assert_eq!(status, Ok(Some(WaitStatus::Exited(child.0, 7))), "the child worked for 0.65 s");
    let mut ended = [0; 16];
    reader.read_exact(&mut ended).expect("the time from the check's child");
    let late = noticed.as_micros().saturating_sub(u128::from_ne_bytes(ended));
    assert!(late < 250_000, "the end of the child was noticed {} ms later", late / 1000);
}

/// There is time for one check, and the child has already ended: it is a zombie.
fn an_end_before_the_wait_is_seen() {
    for limit in [Duration::ZERO, Duration::from_micros(900)] {
        let child = forked().unwrap_or_else(|| end(7));
        until(child.0, libc::WEXITED);
        let status = wait_at_most(child.0, limit);
        assert_eq!(
            status,
            Ok(Some(WaitStatus::Exited(child.0, 7))),
            "the child had already ended; the limit was {limit:?}"
        );
    }
}

/// The caller has blocked SIGCHLD, and expects that it is blocked after the call too. The child has
/// ended before.
fn a_signal_that_the_caller_blocks_stays_blocked() {
    grader::caller_blocks(Signal::SIGCHLD);
    let child = forked().unwrap_or_else(|| end(7));
    until(child.0, libc::WEXITED);
    let status = wait_at_most(child.0, Duration::from_secs(1));
    assert_eq!(status, Ok(Some(WaitStatus::Exited(child.0, 7))), "the child had already ended");
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// Limits that are far longer than a child works, and that are cut to a few milliseconds if they are
/// counted in seconds, milliseconds, microseconds or nanoseconds of 16, 32 or 64 bits.
const LONG: [Duration; 8] = [
    Duration::from_millis((1 << 16) + 10),
    Duration::from_millis((1 << 31) + 10),
    Duration::from_millis((1 << 32) + 10),
    Duration::from_micros((1 << 32) + 10_000),
    Duration::from_millis(1000 * (1 << 32) + 10),
    Duration::from_nanos(u64::MAX).saturating_add(MILLISECOND),
    Duration::from_micros(u64::MAX).saturating_add(MILLISECOND),
    Duration::MAX,
];

/// 900 microseconds are not 0 milliseconds. A limit of more than 65,535 milliseconds, or one that no
/// clock can reach, must not expire at once: the child ends after 80 milliseconds.
fn a_limit_may_be_short_or_very_long() {
    let (child, lead) = held_child();
    for limit in [1, 900, 1_900, 120_000].map(Duration::from_micros) {
        let start = Instant::now();
        assert_eq!(wait_at_most(child.0, limit), Ok(None), "the child still runs");
        let took = start.elapsed();
        assert!(took >= limit, "wait_at_most returned after {took:?}; the limit was {limit:?}");
        let most = limit + Duration::from_millis(400);
        assert!(took < most, "the limit was {limit:?}; the wait took {took:?}");
    }
    drop(lead);
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 7)));

    for limit in LONG {
        let child = forked().unwrap_or_else(|| {
            slow_work(80);
            end(7)
        });
        let status = wait_at_most(child.0, limit);
        assert_eq!(
            status,
            Ok(Some(WaitStatus::Exited(child.0, 7))),
            "the child ended after 80 ms, and the limit was {limit:?}"
        );
    }
}

/// The kernel sends SIGCHLD for any child. Another child ends after 40 ms; this child still runs.
fn the_end_of_another_child_does_not_count() {
    let (child, lead) = held_child();
    let other = forked().unwrap_or_else(|| {
        slow_work(40);
        end(8)
    });
    let (limit, start) = (Duration::from_millis(150), Instant::now());
    assert_eq!(wait_at_most(child.0, limit), Ok(None), "this child still runs; another has ended");
    let took = start.elapsed();
    assert!(took >= limit, "wait_at_most returned after {took:?}; the limit was {limit:?}");
    drop(lead);
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 7)), "this child has ended now");
    assert_eq!(
        wait_for(other.0),
        Ok(WaitStatus::Exited(other.0, 8)),
        "the other child has ended too"
    );
}

/// A process is not its own child, and one that was waited for is no child any more. Repeating the call
/// would not change this.
fn no_such_child_is_an_error() {
    let gone = forked().unwrap_or_else(|| end(0));
    waitpid(gone.0, None).expect("a wait of the check");
    assert_eq!(wait_for(gone.0), Err(Errno::ECHILD), "wait_for, after a wait for this child");
    for limit in [Duration::ZERO, Duration::from_secs(2), Duration::MAX] {
        let status = wait_at_most(gone.0, limit);
        let what = format!("wait_at_most, after a wait for this child, with the limit {limit:?}");
        assert_eq!(status, Err(Errno::ECHILD), "{what}");
    }
    let first = Pid::from_raw(1);
    let status = wait_at_most(first, Duration::from_millis(100));
    assert_eq!(status, Err(Errno::ECHILD), "wait_at_most, for a process that is no child");
    assert_eq!(wait_for(Pid::this()), Err(Errno::ECHILD), "wait_for, without such a child");
    let status = wait_at_most(Pid::this(), Duration::from_secs(2));
    assert_eq!(status, Err(Errno::ECHILD), "wait_at_most, without such a child");
}

/// A stopped process continues at SIGCONT. It has not ended yet.
fn a_stop_is_not_an_end() {
    a_child_that_continued_runs();
    let Some(child) = forked() else {
        let _ = raise(Signal::SIGSTOP);
        end(7)
    };
    until(child.0, libc::WSTOPPED);
    let status = wait_at_most(child.0, Duration::from_millis(20));
    assert_eq!(status, Ok(None), "the child is stopped, and has not ended");
    let _helper = Helper::start(|| {
        slow_work(30);
        let _ = kill(child.0, Signal::SIGCONT);
    });
    let status = wait_for(child.0);
    assert_eq!(
        status,
        Ok(WaitStatus::Exited(child.0, 7)),
        "the child was stopped, and then continued"
    );
}

/// The kernel can report that a child continues, too.
fn a_child_that_continued_runs() {
    let (mut reader, lead) = pipe().expect("a pipe for the check");
    grader::own_pipe(&reader);
    let Some(child) = forked() else {
        drop(lead);
        let _ = raise(Signal::SIGSTOP);
        let _ = reader.read(&mut [0]);
        end(7)
    };
    until(child.0, libc::WSTOPPED);
    kill(child.0, Signal::SIGCONT).expect("a signal of the check");
    let status = wait_at_most(child.0, Duration::from_millis(20));
    assert_eq!(status, Ok(None), "the child was stopped, and runs again");
    drop(lead);
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 7)), "the same child has ended");
}

/// A process that polls without a pause keeps a processor busy, which other processes, including the
/// child, could use.
fn waiting_leaves_the_processor_to_others() {
    let (child, lead) = held_child();
    let limit = Duration::from_millis(300);
    assert_eq!(wait_at_most(child.0, limit), Ok(None), "the child still runs");
    drop(lead);
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 7)));
    let child = forked().unwrap_or_else(|| {
        slow_work(200);
        end(7)
    });
    assert_eq!(wait_for(child.0), Ok(WaitStatus::Exited(child.0, 7)), "the child took 0.2 s");
}

fn no_thread_is_left() {
    if let Ok(threads) = std::fs::read_dir("/proc/self/task") {
        assert_eq!(
            threads.count(),
            1,
            "the number of threads in this process after wait_at_most returned"
        );
    }
}

/// When the limit has expired, the child's status belongs to the caller. A thread that still waits
/// for the child would take the status away.
fn after_the_limit_nothing_goes_on_waiting() {
    let (child, lead) = held_child();
    assert_eq!(wait_at_most(child.0, Duration::from_millis(20)), Ok(None), "the child still runs");
    no_thread_is_left();
    drop(lead);
    slow_work(50); // for whatever might want to take it
    assert_eq!(
        wait_for(child.0),
        Ok(WaitStatus::Exited(child.0, 7)),
        "the caller waits for the child"
    );
}

/// The child ends between any two calls of your function, and any call that waits may be interrupted.
fn an_end_between_two_calls_is_seen() {
    let child = forked().unwrap_or_else(|| end(7));
    let status = wait_for(child.0);
    assert_eq!(status, Ok(WaitStatus::Exited(child.0, 7)), "wait_for, whenever the child ends");
}
