//! What your functions in `first_waits` must do, step by step.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::mem::zeroed;
use std::thread::panicking;
use std::time::{Duration, Instant};

use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::first_waits::{first_to_end, shell_number, status_if_ended};

#[path = "tools.rs"]
mod tools;
use tools::{LITTLE, die, slow_work};

const IT_WAITS: &str = "\
The child runs until your function has returned. Which flag lets waitpid return at once?";

const ONE_RUNS: &str = "\
One of two children has ended, and the other keeps running until your function has returned.
Check both of them in each round.";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "first_waits",
        [
            check!(step_1_a_child_that_runs_has_no_status)
                .forks(1)
                .if_it_hangs(IT_WAITS)
                .see("waitpid.md#without-blocking"),
            check!(step_1_a_child_that_has_ended_has_a_status)
                .forks(4 + 2)
                .see("waitpid.md#a-zombie-has-a-parent"),
            check!(step_1_no_such_child_is_an_error).forks(1).see("waitpid.md#one-child-or-any"),
            check!(step_1_a_stop_is_not_an_end).forks(1).see("waitpid.md#stopped-is-not-ended"),
            check!(step_1_a_child_that_continued_runs)
                .forks(1)
                .see("waitpid.md#stopped-is-not-ended"),
            check!(step_1_another_child_is_left_alone).forks(1).see("waitpid.md#any-child"),
            check!(step_2_whichever_ends_first)
                .forks(6 * 6)
                .if_it_hangs(
                    "One of six children has ended, and the others keep running until your
\
                     function has returned. Check all six, even if the first has not ended.",
                )
                .see("waitpid.md#without-blocking"),
            check!(step_2_the_last_of_seventy)
                .forks(70)
                .at_most(80)
                .if_it_hangs(
                    "The last of seventy children has ended, and the others keep running until your function\n\
                     has returned. Check the whole list.",
                )
                .see("waitpid.md#without-blocking"),
            check!(step_2_a_signal_is_an_end).forks(2).if_it_hangs(ONE_RUNS).see("waitpid.md#signals"),
            check!(step_2_it_sleeps_while_it_waits)
                .forks(2)
                .uses_at_most(3 * LITTLE)
                .if_it_hangs(ONE_RUNS)
                .see("waitpid.md#a-time-limit"),
            check!(step_2_it_looks_often).see("waitpid.md#a-time-limit"),
            check!(step_2_another_child_is_left_alone).forks(2).see("waitpid.md#any-child"),
            check!(step_2_the_others_can_still_be_waited_for)
                .forks(3)
                .see("waitpid.md#one-child-or-any"),
            check!(step_2_a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
            check!(step_2_a_child_that_continued_runs)
                .forks(2)
                .if_it_hangs(ONE_RUNS)
                .see("waitpid.md#stopped-is-not-ended"),
            check!(step_2_a_signal_that_the_caller_blocks_stays_blocked).forks(1),
            check!(step_2_no_such_child_is_an_error)
                .forks(1)
                .within(Duration::from_secs(1))
                .see("waitpid.md#one-child-or-any"),
            check!(step_3_an_exit_status_is_the_number).forks(0).see("waitpid.md#the-status-word"),
            check!(step_3_a_signal_is_128_and_more).forks(0).see("waitpid.md#signals"),
            check!(step_3_without_an_end_there_is_no_number)
                .forks(0)
                .see("waitpid.md#stopped-is-not-ended"),
        ],
    )
}

/// A child of the check. If an assertion fails, it is ended and waited for: what is wrong then is
/// not that it was left.
struct Child(Pid);

impl Child {
    /// A child that does `work`, and ends with the number that it returns.
    fn new(work: impl FnOnce() -> u8) -> Child {
        // SAFETY: a check has one thread.
        match unsafe { fork() }.expect("a fork of the check") {
            ForkResult::Parent { child } => Child(child),
            ForkResult::Child => {
                let status = work();
                // SAFETY: takes a number, and does not return.
                unsafe { libc::_exit(status.into()) }
            }
        }
    }

    /// A child that ends with exit status 7 when it is let go.
    fn held() -> (Child, Lead) {
        Child::held_after(|| ())
    }

    /// The same. It was stopped before, and has continued.
    fn held_after_a_stop() -> (Child, Lead) {
        let (child, lead) = Child::held_after(|| {
            let _ = raise(Signal::SIGSTOP);
        });
        let child = child.until(libc::WSTOPPED);
        kill(child.0, Signal::SIGCONT).expect("a signal of the check");
        (child, lead)
    }

    fn held_after(first: impl FnOnce()) -> (Child, Lead) {
        let (reader, writer) = pipe().expect("a pipe for the check");
        grader::own_pipe(&reader);
        let child = Child::new(|| {
            first();
            (&reader).read_exact(&mut [0]).expect("a byte from the check's pipe");
            7
        });
        (child, Lead(reader, writer))
    }

    /// Waits until it has ended, or stopped, and leaves its status for others to ask for.
    fn until(self, what: i32) -> Child {
        self.ask(what);
        self
    }

    /// The PID that waitid tells, or 0, without a change of what it will tell next time.
    fn ask(&self, flags: i32) -> i32 {
        // SAFETY: the structure is plain numbers, for which zeroes are fine.
        let mut info: libc::siginfo_t = unsafe { zeroed() };
        let (id, flags) = (self.0.as_raw() as u32, flags | libc::WNOWAIT);
        // SAFETY: `info` lives until the call has returned.
        let result = unsafe { libc::waitid(libc::P_PID, id, &raw mut info, flags) };
        assert_eq!(result, 0, "the check's own waitid");
        // SAFETY: waitid has filled it in, or it is all zeroes.
        unsafe { info.si_pid() }
    }

    /// Whether a SIGCONT has come, which is the caller's to send.
    #[track_caller]
    fn continues(&self, wanted: bool) {
        let continues = self.ask(libc::WCONTINUED | libc::WNOHANG) != 0;
        assert_eq!(continues, wanted, "whether the stopped child has received SIGCONT meanwhile");
    }

    /// The check waits for it.
    fn wait(&self) -> nix::Result<WaitStatus> {
        waitpid(self.0, None)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if panicking() {
            let _ = kill(self.0, Signal::SIGKILL);
            let _ = self.wait();
        }
    }
}

/// What a wait for `child` returns if it ended with this exit status.
fn ended(child: &Child, status: u8) -> nix::Result<WaitStatus> {
    Ok(WaitStatus::Exited(child.0, status.into()))
}

/// Holds a child until the check lets it go. It has both ends, so that no write fails if the child is
/// gone.
struct Lead(#[expect(dead_code, reason = "held, not used")] PipeReader, PipeWriter);

impl Lead {
    fn let_go(&self) {
        (&self.1).write_all(b".").expect("a byte into the check's pipe");
    }
}

/// The child blocks until the check lets it go, which is after your function has returned. Then it can
/// still be waited for.
fn step_1_a_child_that_runs_has_no_status() {
    let (child, lead) = Child::held();
    assert_eq!(status_if_ended(child.0), Ok(None), "the child is running");
    lead.let_go();
    assert_eq!(child.wait(), ended(&child, 7), "then the check waits for the child");
}

/// Each child is a zombie when you ask, and none is left.
fn step_1_a_child_that_has_ended_has_a_status() {
    for status in [0, 3, 137, 255] {
        let child = Child::new(|| status).until(libc::WEXITED);
        let wanted = ended(&child, status).map(Some);
        assert_eq!(status_if_ended(child.0), wanted, "it had ended with exit status {status}");
    }
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        let child = Child::new(|| {
            let _ = raise(signal);
            0
        });
        let child = child.until(libc::WEXITED);
        let wanted = Ok(Some(WaitStatus::Signaled(child.0, signal, false)));
        assert_eq!(status_if_ended(child.0), wanted, "{signal} had ended it");
    }
}

/// Process 1 is no child of this process, and neither is one that was waited for.
fn step_1_no_such_child_is_an_error() {
    let pid = Pid::from_raw(1);
    assert_eq!(status_if_ended(pid), Err(Errno::ECHILD), "a process that is not a child");
    let child = Child::new(|| 0);
    child.wait().expect("a wait of the check");
    let status = status_if_ended(child.0);
    assert_eq!(status, Err(Errno::ECHILD), "a child that the caller has waited for");
}

/// A stopped process goes on at SIGCONT. Its end is still to come.
fn step_1_a_stop_is_not_an_end() {
    let child = Child::new(|| {
        let _ = raise(Signal::SIGSTOP);
        7
    });
    let child = child.until(libc::WSTOPPED);
    assert_eq!(status_if_ended(child.0), Ok(None), "the child is stopped");
    child.continues(false);
    kill(child.0, Signal::SIGCONT).expect("a signal of the check");
    assert_eq!(child.wait(), ended(&child, 7), "then the check waits for the child");
}

/// It was stopped and continues, which the kernel can report too.
fn step_1_a_child_that_continued_runs() {
    let (child, lead) = Child::held_after_a_stop();
    assert_eq!(status_if_ended(child.0), Ok(None), "the child was stopped, and runs again");
    lead.let_go();
    assert_eq!(child.wait(), ended(&child, 7), "then the check waits for the child");
}

/// The caller has another child, which has ended.
fn step_1_another_child_is_left_alone() {
    let _stranger = Stranger::zombie();
    let (child, lead) = Child::held();
    assert_eq!(status_if_ended(child.0), Ok(None), "the child runs, and another child has ended");
    lead.let_go();
    assert_eq!(child.wait(), ended(&child, 7), "then the check waits for the child");
}

/// Of six children the first has ended, then of six others the second, and so on to the sixth.
/// The rest is let go afterwards, and waited for.
fn step_2_whichever_ends_first() {
    for first in 0..6 {
        let mut held: Vec<_> = (0..6).map(|_| Child::held()).collect();
        let pids: Vec<Pid> = held.iter().map(|(child, _)| child.0).collect();
        let (child, lead) = held.remove(first);
        lead.let_go();
        let child = child.until(libc::WEXITED);
        let wanted = ended(&child, 7);
        assert_eq!(first_to_end(&pids), wanted, "children[{first}] has ended");
        for (other, lead) in held {
            lead.let_go();
            assert_eq!(other.wait(), ended(&other, 7), "the check waits for another child");
        }
    }
}

/// More children than a list of fixed size may hold.
fn step_2_the_last_of_seventy() {
    let mut held: Vec<_> = (0..69).map(|_| Child::held()).collect();
    let child = Child::new(|| 5).until(libc::WEXITED);
    let pids: Vec<Pid> = held.iter().map(|(other, _)| other.0).chain([child.0]).collect();
    assert_eq!(first_to_end(&pids), ended(&child, 5), "children[69] has ended");
    for (other, lead) in held.drain(..) {
        lead.let_go();
        assert_eq!(other.wait(), ended(&other, 7), "the check waits for another child");
    }
}

/// SIGKILL has ended the second of two children. The first one runs.
fn step_2_a_signal_is_an_end() {
    let (running, lead) = Child::held();
    let killed = Child::new(|| die()).until(libc::WEXITED);
    let status = first_to_end(&[running.0, killed.0]);
    let wanted = Ok(WaitStatus::Signaled(killed.0, Signal::SIGKILL, false));
    assert_eq!(status, wanted, "SIGKILL has ended the second child");
    lead.let_go();
    assert_eq!(running.wait(), ended(&running, 7), "the check waits for the first child");
}

/// The caller has a child that is not in the list, and that has ended; then one that runs.
fn step_2_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let child = Child::new(|| {
            slow_work(30);
            5
        });
        let wanted = ended(&child, 5);
        assert_eq!(first_to_end(&[child.0]), wanted, "the only child in the list");
    }
}

/// All three have ended when you look. You return the status of one, and leave two zombies.
fn step_2_the_others_can_still_be_waited_for() {
    let children = [1, 2, 3].map(|status| Child::new(|| status).until(libc::WEXITED));
    let first = first_to_end(&children.each_ref().map(|child| child.0));
    let mut left = 0;
    for child in &children {
        match (child.wait(), first) {
            (Ok(_), _) => left += 1,
            (Err(_), Ok(status)) if status.pid() == Some(child.0) => {}
            (Err(error), _) => panic!(
                "three children had ended, and you returned {first:?}\n\
                 then the check waited for process {}: {error}",
                child.0
            ),
        }
    }
    assert_eq!(left, 2, "how many of three children could be waited for; you returned {first:?}");
}

/// One child has stopped, and goes on at SIGCONT. The other one ends a little later.
fn step_2_a_stop_is_not_an_end() {
    let stopped = Child::new(|| {
        let _ = raise(Signal::SIGSTOP);
        7
    });
    let stopped = stopped.until(libc::WSTOPPED);
    let child = Child::new(|| {
        slow_work(30);
        5
    });
    let status = first_to_end(&[stopped.0, child.0]);
    assert_eq!(status, ended(&child, 5), "the first child is stopped, and the second has ended");
    stopped.continues(false);
    kill(stopped.0, Signal::SIGCONT).expect("a signal of the check");
    assert_eq!(stopped.wait(), ended(&stopped, 7), "the check waits for the first child");
}

/// The first child was stopped and continues. The other one ends a little later.
fn step_2_a_child_that_continued_runs() {
    let (running, lead) = Child::held_after_a_stop();
    let child = Child::new(|| {
        slow_work(30);
        5
    });
    let status = first_to_end(&[running.0, child.0]);
    assert_eq!(status, ended(&child, 5), "the first child was stopped, and runs again");
    lead.let_go();
    assert_eq!(running.wait(), ended(&running, 7), "the check waits for the first child");
}

/// One of two children ends after 1.1 s. You sleep meanwhile, and notice the end soon.
fn step_2_it_sleeps_while_it_waits() {
    let (running, lead) = Child::held();
    let start = Instant::now();
    let slow = Child::new(|| {
        slow_work(1100);
        6
    });
    let status = first_to_end(&[running.0, slow.0]);
    let took = start.elapsed();
    assert_eq!(status, ended(&slow, 6), "the second child ended after 1.1 s");
    assert!(took < Duration::from_millis(1700), "it took 1.1 s; you returned after {took:?}");
    lead.let_go();
    assert_eq!(running.wait(), ended(&running, 7), "the check waits for the first child");
}

/// Each of three children ends after a third of a second, and one of them is noticed soon: a few milliseconds
/// later, unless this process has to wait for a processor.
fn step_2_it_looks_often() {
    let mut quickest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        let child = Child::new(|| {
            slow_work(330);
            6
        });
        assert_eq!(first_to_end(&[child.0]), ended(&child, 6), "the child ended after 0.33 s");
        quickest = quickest.min(start.elapsed());
        if quickest < Duration::from_millis(380) {
            return;
        }
    }
    panic!(
        "Each of three children took 0.33 s, and the quickest call took {quickest:?}: you pause for too long."
    );
}

/// The caller has blocked SIGCHLD, and expects that it is blocked after the call too. The child has
/// ended before.
fn step_2_a_signal_that_the_caller_blocks_stays_blocked() {
    grader::caller_blocks(Signal::SIGCHLD);
    let child = Child::new(|| 7).until(libc::WEXITED);
    assert_eq!(first_to_end(&[child.0]), ended(&child, 7), "the only child had already ended");
}

/// Process 1 is no child of this process. To ask again would change nothing.
fn step_2_no_such_child_is_an_error() {
    let stranger = Pid::from_raw(1);
    let status = first_to_end(&[stranger]);
    assert_eq!(status, Err(Errno::ECHILD), "a process that is not a child");
    let child = Child::new(|| {
        slow_work(400);
        7
    });
    for pids in [[child.0, stranger], [stranger, child.0]] {
        let status = first_to_end(&pids);
        assert_eq!(
            status,
            Err(Errno::ECHILD),
            "a running child, and a process that is not a child"
        );
    }
    assert_eq!(child.wait(), ended(&child, 7), "the check waits for the child");
}

/// Any process; step 3 asks for no more than the status.
const PID: Pid = Pid::from_raw(4711);

/// Also 255, and also 0.
fn step_3_an_exit_status_is_the_number() {
    for status in [0, 3, 255].into_iter().chain(0..=255) {
        assert_eq!(shell_number(WaitStatus::Exited(PID, status)), Some(status), "exit({status})");
    }
}

/// `kill -9` is 137. Whether there is a core dump has no part in it.
fn step_3_a_signal_is_128_and_more() {
    let every = Signal::iterator().map(|signal| (signal, 128 + signal as i32));
    for (signal, number) in
        [(Signal::SIGKILL, 137), (Signal::SIGTERM, 143)].into_iter().chain(every)
    {
        let status = WaitStatus::Signaled(PID, signal, false);
        assert_eq!(shell_number(status), Some(number), "{signal} ended it");
    }
    let status = WaitStatus::Signaled(PID, Signal::SIGSEGV, true);
    assert_eq!(shell_number(status), Some(139), "SIGSEGV ended it, with a core dump");
}

/// Stopped, continued, and nothing to report: each process is alive.
fn step_3_without_an_end_there_is_no_number() {
    let stopped = WaitStatus::Stopped(PID, Signal::SIGTSTP);
    for status in [stopped, WaitStatus::Continued(PID), WaitStatus::StillAlive] {
        assert_eq!(shell_number(status), None, "{status:?}");
    }
}
