//! Watches a case until nothing of it is left.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use crate::board::Board;
use crate::check::Check;
use crate::containment::Containment;
use crate::gate::Gate;
use crate::gatekeeper::Gatekeeper;
use crate::keeper;
use crate::picture::Picture;
use crate::process::{self, Process};
use crate::standstill::Standstill;
use crate::stream::Stream;

/// How often the processes are counted and the time is looked at.
const TICK: u8 = 5; // milliseconds

/// How long processes that were not waited for may take to end by themselves. It decides only
/// which of two faults is reported.
const GRACE: Duration = Duration::from_millis(300);

/// How long nobody must have moved until the case counts as hanging. See [`Standstill`].
const STILL: Duration = Duration::from_millis(100);

/// How long processes that have something to do get at most, until they are judged.
const SETTLE: Duration = Duration::from_secs(1);

/// How many times its limit a case may take that cannot get a processor.
pub(crate) const STARVED: u32 = 5;

/// So many processes are looked at one by one.
const MANY: usize = 500;

/// All that the warden saw of a case.
pub(crate) struct Seen {
    pub(crate) end: End,
    pub(crate) out: String,
    pub(crate) err: String,
    /// How many processes ended without their parent having waited for them, the case's own
    /// children included.
    pub(crate) unreaped: usize,
    /// Those that were still alive when the grace was over.
    pub(crate) survivors: Picture,
    pub(crate) took: Duration,
    /// The age of the board when whatever was left was stopped.
    pub(crate) until: Duration,
}

impl Seen {
    /// The processes that were there at the end, if they were looked at.
    pub(crate) fn last_look(&self) -> Option<&Picture> {
        match &self.end {
            _ if cfg!(not(target_os = "linux")) => None,
            End::ByItself(_) => Some(&self.survivors),
            End::Deadlock(picture) | End::TimedOut(picture) => Some(picture),
            _ => None,
        }
    }
}

/// How the process ended that called the function.
pub(crate) enum End {
    ByItself(WaitStatus),
    /// It would have gone on waiting for ever.
    Deadlock(Picture),
    TimedOut(Picture),
    TooManyProcesses,
    TooMuchOutput,
    /// The process that supervises it was killed.
    Uncontrolled,
    /// The harness has gone, and nobody wants to know.
    Abandoned,
}

/// A running case, as the warden sees it.
pub(crate) struct Watch<'a> {
    check: &'a Check,
    board: &'a Board,
    keeper: Pid,
    containment: Containment,
    gatekeeper: Gatekeeper<'a>,
    out: Stream,
    err: Stream,
    news: Stream,
    reaped: Vec<WaitStatus>,
    started: Instant,
    last_look: (Instant, Option<Standstill>),
}

impl<'a> Watch<'a> {
    pub(crate) fn new(
        check: &'a Check,
        board: &'a Board,
        keeper: Pid,
        containment: Containment,
        gate: Option<Gate>,
        pipes: [OwnedFd; 3],
    ) -> nix::Result<Self> {
        let [out, err, news] = pipes;
        let (out, err, news) = (Stream::new(out)?, Stream::new(err)?, Stream::new(news)?);
        let (started, reaped) = (Instant::now(), Vec::new());
        let last_look = (started, None);
        Ok(Watch {
            check,
            board,
            keeper,
            containment,
            gatekeeper: Gatekeeper::new(gate, board, keeper, check.limits.processes),
            out,
            err,
            news,
            reaped,
            started,
            last_look,
        })
    }

    /// Until the case has ended or is stopped, and all its processes have gone.
    pub(crate) fn run(mut self) -> Seen {
        let end = loop {
            if let Some(end) = self.look() {
                break end;
            }
        };
        let took = self.started.elapsed();
        let stopped = !matches!(end, End::ByItself(_));
        let survivors = if stopped { Picture::default() } else { self.give_grace() };
        let until = self.board.age();
        self.sweep();
        self.take();
        let unreaped = self.reaped.iter().filter(|status| status.pid() != self.case()).count();
        let (out, err) = (self.out.text(), self.err.text());
        Seen { end, out, err, unreaped, survivors, took, until }
    }

    /// The PID of the case as it sees itself; `None` before it has started.
    fn case(&self) -> Option<Pid> {
        let case = self.board.case.load(Relaxed);
        (case != 0).then(|| Pid::from_raw(case))
    }

    /// Waits for something to happen, at most a tick.
    fn look(&mut self) -> Option<End> {
        if !self.wait_and_take() {
            return Some(End::Abandoned);
        }
        let case = self.case();
        if let Some(status) = self.reaped.iter().find(|status| status.pid() == case) {
            return Some(End::ByItself(*status));
        }
        if !self.news.open {
            return Some(End::Uncontrolled);
        }
        if self.out.bytes.len().max(self.err.bytes.len()) > self.check.limits.output {
            return Some(End::TooMuchOutput);
        }
        if self.board.one_too_many.load(Acquire) > 0 {
            self.settle();
            return Some(End::TooManyProcesses);
        }
        if self.gatekeeper.too_many() {
            return Some(End::TooManyProcesses);
        }
        if self.hangs() {
            return Some(End::Deadlock(self.picture()));
        }
        if case.is_none() {
            self.started = Instant::now(); // it has not begun, on a busy machine
        }
        self.is_over().then(|| End::TimedOut(self.picture()))
    }

    /// Whether the time is over. On a busy machine, a case that wants to run and cannot gets more.
    fn is_over(&self) -> bool {
        let (time, limit) = (self.started.elapsed(), self.check.limits.time);
        if time <= limit || time > limit * STARVED {
            return time > limit;
        }
        let processes = self.processes();
        let used: Duration = processes.iter().map(|process| process.used).sum();
        let starved = processes.iter().any(Process::runs) && used < limit / 2;
        let case = self.case().map(Pid::as_raw);
        let ended = processes.iter().any(|p| Some(p.own_pid) == case && p.is_zombie());
        !starved && !ended // its end is about to be reported
    }

    /// Waits until nobody runs any more: whoever wants to fork has been stopped by then.
    fn settle(&mut self) {
        let over = Instant::now() + SETTLE;
        let runs = |watch: &Self| watch.processes().iter().any(Process::runs);
        while Instant::now() < over && runs(self) && self.wait_and_take() {}
    }

    /// Whether nobody can have moved since the last look, nor ever will.
    fn hangs(&mut self) -> bool {
        if self.last_look.0.elapsed() < STILL || self.board.timers.load(Relaxed) > 0 {
            return false;
        }
        let now = Standstill::of(&self.processes());
        let hangs = now.is_some() && now == self.last_look.1;
        self.last_look = (Instant::now(), now);
        hangs
    }

    fn picture(&self) -> Picture {
        let case = self.case().map_or(0, Pid::as_raw);
        Picture::of(self.keeper.as_raw(), case, &self.processes())
    }

    fn processes(&self) -> Vec<Process> {
        process::below(self.keeper.as_raw(), MANY)
    }

    /// The case has ended. Whoever is left may end by itself; who does not is a survivor.
    fn give_grace(&mut self) -> Picture {
        let ended = Instant::now();
        let runs = |watch: &Self| watch.processes().iter().any(Process::runs);
        while self.news.open && self.wait_and_take() {
            let waited = ended.elapsed();
            // On a busy machine, who has not had its turn yet is not judged by the clock.
            if waited > GRACE && (waited > SETTLE || !runs(self)) {
                break;
            }
        }
        if self.news.open { self.picture() } else { Picture::default() }
    }

    /// Waits until there is something to read, at most a tick, and reads it. False if the
    /// harness is gone.
    fn wait_and_take(&mut self) -> bool {
        let stdin = std::io::stdin();
        let mut waiting = vec![PollFd::new(stdin.as_fd(), PollFlags::empty())];
        let open = [&self.out, &self.err, &self.news].into_iter().filter(|stream| stream.open);
        waiting.extend(open.map(|stream| PollFd::new(stream.pipe.as_fd(), PollFlags::POLLIN)));
        let gate = self.gatekeeper.listener();
        waiting.extend(gate.map(|gate| PollFd::new(gate, PollFlags::POLLIN)));
        let _ = poll(&mut waiting, TICK); // EINTR is as good as a tick
        let lifeline = waiting[0].revents().unwrap_or(PollFlags::empty());
        self.gatekeeper.answer();
        self.take();
        !lifeline.intersects(PollFlags::POLLHUP | PollFlags::POLLERR)
    }

    fn take(&mut self) {
        let most = self.check.limits.output;
        self.out.take(most);
        self.err.take(most);
        self.news.take(usize::MAX);
        self.reaped.extend(keeper::take_news(&mut self.news.bytes));
    }

    /// Kills whatever is left, and waits until it is gone. In a PID namespace the kernel does
    /// that when the keeper, its first process, dies.
    fn sweep(&mut self) {
        let _ = kill(self.keeper, Signal::SIGKILL);
        if self.containment.is_namespace() {
            let _ = waitpid(self.keeper, None);
            return;
        }
        if let Some(case) = self.case() {
            let _ = killpg(case, Signal::SIGKILL);
        }
        loop {
            // Orphans become our own children (on Linux), and are found below us.
            for process in process::below(getpid().as_raw(), MANY) {
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
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
}
