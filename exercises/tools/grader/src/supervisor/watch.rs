//! Watches a case until nothing of it is left.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid, getpid};

use super::deadlock::DeadlockDetector;
use super::init;
use super::process::{self, Process};
use super::process_limiter::ProcessLimiter;
use super::process_tree;
use super::stream::Stream;
use crate::case::containment::Containment;
use crate::check::Check;
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;
use crate::shared::process_tree::ProcessTree;
use crate::shared::seen::{End, Seen};
use crate::sys::ForkNotifier;

/// How often the processes are counted and the time is looked at.
const TICK: u8 = 5; // milliseconds

/// How long processes that were not waited for may take to end by themselves. It decides only
/// which of two faults is reported.
const GRACE: Duration = Duration::from_millis(300);

/// How long processes that have something to do get at most, before they are judged.
const SETTLE: Duration = Duration::from_secs(1);

/// How many times its limit a case may take that cannot get a processor.
pub(crate) const STARVED: u32 = 5;

/// How many processes are looked at one by one.
const MANY: usize = 500;

/// A running case, as the supervisor sees it.
pub(super) struct Watch<'a> {
    check: &'a Check,
    log: &'a SharedLog,
    init: Pid,
    containment: Containment,
    limiter: ProcessLimiter<'a>,
    detector: DeadlockDetector,
    out: Stream,
    err: Stream,
    notifications: Stream,
    reaped: Vec<WaitStatus>,
    started: Instant,
}

/// What comes from a case.
pub(super) struct Pipes {
    pub(super) out: OwnedFd,
    pub(super) err: OwnedFd,
    /// From init.
    pub(super) notifications: OwnedFd,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        check: &'a Check,
        log: &'a SharedLog,
        init: Pid,
        containment: Containment,
        notifier: Option<ForkNotifier>,
        pipes: Pipes,
    ) -> nix::Result<Self> {
        Ok(Watch {
            check,
            log,
            init,
            containment,
            limiter: ProcessLimiter::new(
                notifier,
                log,
                init,
                containment.is_namespace(),
                check.limits.processes,
            ),
            detector: DeadlockDetector::new(),
            out: Stream::new(pipes.out)?,
            err: Stream::new(pipes.err)?,
            notifications: Stream::new(pipes.notifications)?,
            reaped: Vec::new(),
            started: Instant::now(),
        })
    }

    /// Until the case has ended or is stopped, and all its processes have gone.
    pub(super) fn run(mut self) -> Seen {
        let end = loop {
            if let Some(end) = self.look() {
                break end;
            }
        };
        let took = self.started.elapsed();
        let stopped = !matches!(end, End::ByItself(_));
        let survivors = if stopped { ProcessTree::default() } else { self.give_grace() };
        let until = self.log.age();
        let test_process = self.log.test_process();
        sweep(self.init, self.containment, test_process.as_slice());
        self.take();
        let unreaped = self.count_unreaped(&survivors);
        let (out, err) = (self.out.text(), self.err.text());
        Seen { end, out, err, unreaped, survivors, took, until, in_a_search: false }
    }

    /// Init reaps the test process, what other processes left behind, and the check's own. What it
    /// has not come to reap, on a busy machine, is a zombie among the survivors.
    fn count_unreaped(&self, survivors: &ProcessTree) -> usize {
        let mut known = self.log.pids_of(Kind::Stranger {});
        known.extend(self.log.pids_of(Kind::Helper {}));
        known.extend(self.log.test_process().map(Pid::as_raw));
        let reaped = self.reaped.iter().filter_map(WaitStatus::pid).map(Pid::as_raw);
        let mut left: BTreeSet<i32> = reaped.collect();
        left.extend(survivors.zombies.iter().filter(|(_, zombie)| **zombie).map(|(pid, _)| *pid));
        left.iter().filter(|pid| !known.contains(pid)).count()
    }

    /// Waits for something to happen, at most a tick.
    fn look(&mut self) -> Option<End> {
        if !self.wait_and_take() {
            return Some(End::Abandoned);
        }
        if let Some((_, why)) = self.log.why_not_begun().read() {
            return Some(End::NotBegun(why));
        }
        let test_process = self.log.test_process();
        if let Some(status) = self.reaped.iter().find(|status| status.pid() == test_process) {
            return Some(End::ByItself(*status));
        }
        if !self.notifications.open {
            return Some(End::Uncontrolled);
        }
        if self.out.bytes.len().max(self.err.bytes.len()) > self.check.limits.output {
            return Some(End::TooMuchOutput);
        }
        if self.log.is_stopped() {
            self.settle();
            return Some(End::TooManyProcesses);
        }
        if self.limiter.too_many() {
            return Some(End::TooManyProcesses);
        }
        if self.hangs() {
            return Some(End::Deadlock(self.tree()));
        }
        if test_process.is_none() {
            self.started = Instant::now(); // it has not begun, on a busy machine
        }
        self.is_over().then(|| End::TimedOut(self.tree()))
    }

    /// Whether the time is over. On a busy machine, a case that could run but has no processor gets more.
    fn is_over(&self) -> bool {
        let (time, limit) = (self.started.elapsed(), self.check.limits.time);
        if time <= limit || time > limit * STARVED {
            return time > limit;
        }
        let processes = self.processes();
        let used: Duration = processes.iter().map(|process| process.used).sum();
        let starved = processes.iter().any(Process::runs) && used < limit / 2;
        let test_process = self.log.test_process();
        let ended = processes.iter().any(|p| Some(p.own_pid) == test_process && p.is_zombie());
        !starved && !ended // its end is about to be reported
    }

    /// Waits until no process runs any more: those that ask for a fork have been stopped by then.
    fn settle(&mut self) {
        let over = Instant::now() + SETTLE;
        let runs = |watch: &Self| watch.processes().iter().any(Process::runs);
        while Instant::now() < over && runs(self) && self.wait_and_take() {}
    }

    fn hangs(&mut self) -> bool {
        let (init, log) = (self.init, self.log);
        !self.log.has_timers()
            && self.detector.look(|| {
                let strangers = log.pids_of(Kind::Stranger {});
                let mut processes = process::below(init, MANY);
                processes.retain(|process| !strangers.contains(&process.own_pid.as_raw()));
                processes
            })
    }

    fn tree(&self) -> ProcessTree {
        process_tree::draw(self.init, self.log, &self.processes())
    }

    fn processes(&self) -> Vec<Process> {
        process::below(self.init, MANY)
    }

    /// The test process has ended. The others may end by themselves; those that do not are survivors.
    fn give_grace(&mut self) -> ProcessTree {
        let ended = Instant::now();
        let runs = |watch: &Self| watch.processes().iter().any(Process::runs);
        while self.notifications.open && self.wait_and_take() {
            let waited = ended.elapsed();
            // On a busy machine, a process without its turn is not judged by the clock.
            if waited > GRACE && (waited > SETTLE || !runs(self)) {
                break;
            }
        }
        if self.notifications.open { self.tree() } else { ProcessTree::default() }
    }

    /// Waits until there is something to read, at most a tick, and reads it. False if the
    /// harness is gone.
    fn wait_and_take(&mut self) -> bool {
        let stdin = std::io::stdin();
        let mut waiting = vec![PollFd::new(stdin.as_fd(), PollFlags::empty())];
        let open =
            [&self.out, &self.err, &self.notifications].into_iter().filter(|stream| stream.open);
        waiting.extend(open.map(|stream| PollFd::new(stream.pipe.as_fd(), PollFlags::POLLIN)));
        let asking = self.limiter.listener();
        waiting.extend(asking.map(|asking| PollFd::new(asking, PollFlags::POLLIN)));
        let _ = poll(&mut waiting, TICK); // EINTR is as good as a tick
        let lifeline = waiting[0].revents().unwrap_or(PollFlags::empty());
        self.limiter.answer();
        self.take();
        !lifeline.intersects(PollFlags::POLLHUP | PollFlags::POLLERR)
    }

    fn take(&mut self) {
        let most = self.check.limits.output;
        self.out.take(most);
        self.err.take(most);
        self.notifications.take(usize::MAX);
        self.reaped.extend(init::take_notifications(&mut self.notifications.bytes));
    }
}

/// Kills what is left below `init` or in one of these process groups, and waits until it is gone. In
/// a PID namespace the kernel does that when init, its first process, dies.
pub(crate) fn sweep(init: Pid, containment: Containment, groups: &[Pid]) {
    let _ = kill(init, Signal::SIGKILL);
    if containment.is_namespace() {
        let _ = waitpid(init, None);
        return;
    }
    for group in groups {
        kill_group(*group);
    }
    loop {
        // Orphans become our own children (on Linux), and are found below us.
        for process in process::below(getpid(), MANY) {
            let _ = kill(process.pid, Signal::SIGKILL);
        }
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return,
            Ok(WaitStatus::StillAlive) => {
                let _ = poll(&mut [], 1u8); // a millisecond, to let them die
            }
            _ => {}
        }
    }
}

/// Kills a whole group at once, so that a process that forks all the time cannot escape. The
/// group's first process may have been waited for, and then the number of an empty group may be
/// given to another: so it is only done while a process below this one is in the group.
fn kill_group(group: Pid) {
    let is_in_it = |pid: &Pid| getpgid(Some(*pid)) == Ok(group);
    // Elsewhere than on Linux, none is found below, and a number is used again much later.
    if !cfg!(target_os = "linux") || process::pids_below(getpid(), MANY).iter().any(is_in_it) {
        let _ = killpg(group, Signal::SIGKILL);
    }
}
