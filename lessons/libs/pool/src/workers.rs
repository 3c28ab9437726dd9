//! All workers of a pool: forked, waited for, watched, replaced and ended.

use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use crate::error::{Cause, Error};
use crate::event::Event;
use crate::plan::{Fork, Plan};
use crate::process::{self, pause};
use crate::rate::RateEstimate;
use crate::remains::Remains;
use crate::sys;
use crate::worker_handle::WorkerHandle;
use crate::worker_state::State;

/// How long a worker may be silent before the parent reads its page unasked.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// How long a worker may be silent before the parent checks whether it is alive. A death is seen at
/// once by end-of-file; this is for the case that a child of the worker keeps the socket open.
const LOOK: Duration = Duration::from_millis(500);

/// How long a worker with a time limit may at least be silent while it runs no item: it may not
/// have been given the processor.
const SILENCE: Duration = Duration::from_secs(1);

/// How long an initialiser may take if items have a time limit and it has none of its own.
const INITIALISER: Duration = Duration::from_secs(60);

/// How long an item of a call that is over may run when its worker is needed.
const ABANDONED: Duration = Duration::from_millis(250);

/// How long the pool waits for threads that are just ending: `thread::scope` returns before the
/// system has removed them.
pub(crate) const ENDING_THREADS: Duration = Duration::from_millis(200);

/// How many workers in a row may end before their first answer: in the initialiser, or behind it.
const STARTING_DEATHS: u32 = 3;
const EARLY_DEATHS: u32 = 10;

/// How long a worker has to end by itself: idle, or with finaliser and destructors.
const GRACE: Duration = Duration::from_secs(1);
const FINISHING: Duration = Duration::from_secs(10);

/// The workers of a pool.
pub(crate) struct Workers<'f> {
    main: Box<Fork<'f>>,
    plan: Plan,
    owner: Pid,
    list: Vec<WorkerHandle>,
    /// Why no more workers are forked.
    broken: Option<Cause>,
    /// How many have ended in a row before their first answer.
    early_deaths: u32,
    /// What has happened since the pool has last asked.
    events: Vec<Event>,
    /// Whether it was said already that a worker is not replaced.
    complained: bool,
    #[cfg(target_os = "linux")]
    readable: Option<Rc<sys::AnyReadable>>,
}

impl<'f> Workers<'f> {
    /// None yet.
    pub(crate) fn new(main: Box<Fork<'f>>, plan: Plan) -> Self {
        Workers {
            main,
            plan,
            owner: process::current(),
            list: Vec::new(),
            broken: None,
            early_deaths: 0,
            events: Vec::new(),
            complained: false,
            #[cfg(target_os = "linux")]
            readable: None,
        }
    }

    pub(crate) fn owner(&self) -> Pid {
        self.owner
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn now(&self) -> Duration {
        self.plan.start.elapsed()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, WorkerHandle> {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, WorkerHandle> {
        self.list.iter_mut()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&WorkerHandle> {
        self.list.get(index)
    }

    /// The worker with an index that one of the methods has just given.
    pub(crate) fn at(&mut self, index: usize) -> &mut WorkerHandle {
        &mut self.list[index]
    }

    /// Takes out a worker that is dead or given up.
    pub(crate) fn take_lost(&mut self) -> Option<WorkerHandle> {
        let index = self.list.iter().position(WorkerHandle::is_lost)?;
        Some(self.list.swap_remove(index))
    }

    /// Why no more workers are forked.
    pub(crate) fn broken(&self) -> Option<&Cause> {
        self.broken.as_ref()
    }

    pub(crate) fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    /// What has happened to workers since this was last asked.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The PIDs of the workers that can be given items.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.list.iter().filter(|w| !w.is_told_to_end()).map(WorkerHandle::pid).collect()
    }

    // ---- fork and replace

    /// Forks until there are as many workers as planned. Waits no longer than `timeout` for threads
    /// that are about to end.
    pub(crate) fn spawn_missing(&mut self, timeout: Duration) -> Result<(), Error> {
        let there = self.list.iter().filter(|worker| !worker.is_told_to_end()).count();
        for _ in there..self.plan.workers {
            self.spawn(timeout)?;
        }
        Ok(())
    }

    fn spawn(&mut self, timeout: Duration) -> Result<u32, Error> {
        let spawned = self.try_spawn(timeout);
        match &spawned {
            Ok(pid) => {
                self.complained = false;
                self.events.push(Event::Started { pid: *pid });
            }
            Err(error) if !self.complained => {
                self.complained = true;
                self.events.push(Event::NotReplaced { reason: error.to_string() });
            }
            Err(_) => {}
        }
        spawned
    }

    fn try_spawn(&mut self, timeout: Duration) -> Result<u32, Error> {
        if let Some(cause) = &self.broken {
            return Err(Error::new(cause.clone()));
        }
        self.check_threads(timeout)?;
        let worker = WorkerHandle::fork(&mut *self.main, &self.plan)?;
        let pid = worker.pid();
        #[cfg(target_os = "linux")]
        if let Some(readable) = &self.readable {
            watch_sockets(readable, &worker)?;
        }
        self.list.push(worker);
        Ok(pid)
    }

    /// A process that forks must have one thread: of the others the child would have only the
    /// locks they hold.
    fn check_threads(&self, timeout: Duration) -> Result<(), Error> {
        if self.plan.threads_allowed {
            return Ok(());
        }
        let start = Instant::now();
        loop {
            let count = sys::count_threads()
                .map_err(|error| Error::io("counting this process's threads", &error))?;
            if count == 1 {
                return Ok(());
            }
            if start.elapsed() >= timeout {
                return Err(Error::new(Cause::Threads { count }));
            }
            pause(Duration::from_micros(100));
        }
    }

    /// A worker has done its share. It gets nothing more as soon as it is replaced, and not before.
    pub(crate) fn recycle(&mut self, index: usize) {
        let replacement = self.spawn(Duration::ZERO);
        let worker = &mut self.list[index];
        match replacement {
            Ok(pid) => worker.expire(pid),
            Err(_) => worker.go_on(),
        }
        self.settle_expiring();
    }

    /// Workers whose replacement is ready retire, and those whose replacement has failed continue.
    pub(crate) fn settle_expiring(&mut self) {
        for index in 0..self.list.len() {
            let State::Expiring(pid) = *self.list[index].state() else { continue };
            let replacement = self.list.iter().find(|worker| worker.pid() == pid);
            let starting = replacement.is_some_and(|r| *r.state() == State::Starting);
            let failed = replacement.is_none_or(WorkerHandle::is_lost);
            let worker = &mut self.list[index];
            if failed {
                worker.go_on();
            } else if !starting {
                self.events.push(Event::Retired { pid: worker.pid() });
                worker.retire();
            }
        }
    }

    /// A worker has answered, or ended at an item: so others may, too.
    pub(crate) fn forgive(&mut self) {
        self.early_deaths = 0;
    }

    /// A worker has ended before its first answer. No more are forked if that would only repeat.
    pub(crate) fn blame_start(&mut self, dead: &Remains) {
        self.early_deaths += 1;
        let early = self.plan.workers as u32 + EARLY_DEATHS;
        let most = if dead.was_starting { STARTING_DEATHS } else { early };
        if dead.refused.is_none() && self.early_deaths < most {
            return;
        }
        let reason = dead.refused.clone().unwrap_or_else(|| {
            let why = if dead.reason.is_empty() { "" } else { ": " };
            format!("the worker {}{why}{}", dead.exit, dead.reason)
        });
        self.broken = Some(if self.plan.has_initialiser {
            Cause::Initialiser { reason }
        } else {
            let count = self.early_deaths;
            let reason = format!("{count} in a row ended before their first answer; {reason}");
            Cause::NoWorker { reason }
        });
    }

    // ---- wait and watch

    /// Waits for answers, for room in a socket, or for a worker's death; takes in the answers.
    pub(crate) fn wait(&mut self, rate: &mut RateEstimate, timeout: Option<Duration>) {
        let mut awake = self.list.iter().any(WorkerHandle::is_lost);
        for worker in &mut self.list {
            awake |= !worker.announce_sleep();
        }
        let limit = if awake { Some(Duration::ZERO) } else { self.longest_wait(timeout) };
        let ready = self.poll_sockets(limit);
        for (worker, (bell, bulk)) in self.list.iter_mut().zip(ready) {
            worker.receive(rate, bell, bulk);
            // For a program that waits for the pool's descriptor: from now on the bell rings again.
            if !worker.announce_sleep() {
                worker.receive(rate, false, false);
            }
        }
    }

    /// Which bells and which bulk sockets have something.
    fn poll_sockets(&self, limit: Option<Duration>) -> Vec<(bool, bool)> {
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(2 * self.list.len());
        for worker in &self.list {
            let wires = worker.wires();
            let write = if worker.has_outgoing() { PollFlags::POLLOUT } else { PollFlags::empty() };
            fds.push(PollFd::new(wires.bell.as_fd(), PollFlags::POLLIN));
            fds.push(PollFd::new(wires.bulk.as_fd(), PollFlags::POLLIN | write));
        }
        match poll(&mut fds, to_timeout(limit)) {
            // If a signal interrupts it, nothing is ready, and the next round waits again.
            Ok(0) | Err(Errno::EINTR) => vec![(false, false); self.list.len()],
            Ok(_) => fds.chunks(2).map(|two| (is_ready(&two[0]), is_ready(&two[1]))).collect(),
            // It cannot wait: more descriptors than allowed, or no memory. Looking at all of them now
            // and then is slow, but it ends.
            Err(_) => {
                pause(limit.unwrap_or(TICK).min(TICK / 5));
                vec![(true, true); self.list.len()]
            }
        }
    }

    /// Until when nothing needs to be done unless something comes.
    fn longest_wait(&self, timeout: Option<Duration>) -> Option<Duration> {
        let now = self.now();
        let deadlines = self.list.iter().filter_map(|worker| self.deadline(worker));
        let left = deadlines.map(|deadline| deadline.saturating_sub(now));
        // Behind the first item there may be answers that are not announced.
        let busy = self.list.iter().filter(|worker| worker.items() > 0);
        let ticks = busy.map(|worker| if worker.items() > 1 { TICK } else { LOOK / 5 });
        timeout.into_iter().chain(left).chain(ticks).min()
    }

    /// When a worker is to be given up if nothing comes of it, this long after the pool's start.
    fn deadline(&self, worker: &WorkerHandle) -> Option<Duration> {
        if *worker.state() == State::Starting {
            let default = self.plan.limit.map(|_| INITIALISER);
            let limit = self.plan.initialiser_limit.or(default)?;
            return Some(worker.started().saturating_add(limit));
        }
        let limit = self.plan.limit?;
        if let Some(since) = worker.running_since() {
            return Some(since.saturating_add(limit));
        }
        let expected = worker.items() > 0 || *worker.state() == State::Stalled;
        expected.then(|| worker.last_activity().saturating_add(limit.max(SILENCE)))
    }

    /// Gives up workers that are too late or too silent and, if workers are `needed`, those that
    /// run an item of a call that is over.
    pub(crate) fn watch(&mut self, needed: bool) {
        let now = self.now();
        for index in 0..self.list.len() {
            self.list[index].observe(now);
            let deadline = self.deadline(&self.list[index]);
            let worker = &mut self.list[index];
            if worker.is_lost() {
                continue;
            }
            if deadline.is_some_and(|deadline| now >= deadline) {
                give_up_late(worker, &self.plan);
            } else if needed && is_abandoned(worker) {
                worker.give_up("no call waits for its item, and others wait", Cause::Cancelled);
            } else if worker.silent(now) > LOOK {
                worker.check_alive();
            }
        }
    }

    /// A descriptor that is readable when there may be something to do.
    #[cfg(target_os = "linux")]
    pub(crate) fn readable(&mut self) -> Result<Rc<sys::AnyReadable>, Error> {
        if let Some(readable) = &self.readable {
            return Ok(Rc::clone(readable));
        }
        let made = sys::AnyReadable::new().map_err(|errno| Error::system("epoll_create", errno));
        let readable = Rc::new(made?);
        for worker in &self.list {
            watch_sockets(&readable, worker)?;
        }
        self.readable = Some(Rc::clone(&readable));
        Ok(readable)
    }
}

impl Drop for Workers<'_> {
    /// Ends all workers and waits for them: those that are idle end by themselves, within
    /// [`GRACE`], or [`FINISHING`] if they have something to finish. Those that are at an item are
    /// killed.
    fn drop(&mut self) {
        if process::current() != self.owner {
            // A copy in another process: the workers are none of its children.
            return;
        }
        for worker in &mut self.list {
            drop(worker.take_where(|_| true));
            worker.close_bell();
        }
        let start = Instant::now();
        let rate = &mut RateEstimate::new(None);
        for worker in &mut self.list {
            while !worker.is_lost() && !worker.has_begun() {
                let grace = if worker.is_finishing() { FINISHING } else { GRACE };
                let left = grace.saturating_sub(start.elapsed());
                if left.is_zero() {
                    break;
                }
                let mut fds = [PollFd::new(worker.wires().bell.as_fd(), PollFlags::POLLIN)];
                let _ = poll(&mut fds, to_timeout(Some(left.min(LOOK / 5))));
                let ready = is_ready(&fds[0]);
                worker.receive(rate, ready, false);
            }
            worker.wait_for_exit();
        }
    }
}

/// A worker has reached its deadline.
fn give_up_late(worker: &mut WorkerHandle, plan: &Plan) {
    if *worker.state() == State::Starting {
        let limit = plan.initialiser_limit.unwrap_or(INITIALISER);
        worker.fail_start(format!("still not done after {limit:?}"));
    } else if let Some(limit) = plan.limit {
        worker.time_out(limit);
    }
}

/// Whether a worker is at an item of a call that is over, and has been for some time.
fn is_abandoned(worker: &WorkerHandle) -> bool {
    worker.abandoned().is_some_and(|since| since.elapsed() >= ABANDONED)
}

#[cfg(target_os = "linux")]
fn watch_sockets(readable: &sys::AnyReadable, worker: &WorkerHandle) -> Result<(), Error> {
    let wires = worker.wires();
    let added = readable.add(&wires.bell).and_then(|()| readable.add(&wires.bulk));
    added.map_err(|errno| Error::system("epoll_ctl", errno))
}

fn is_ready(fd: &PollFd<'_>) -> bool {
    fd.any() == Some(true)
}

/// Rounded up, or the last millisecond before a deadline would be a busy loop.
fn to_timeout(limit: Option<Duration>) -> PollTimeout {
    limit.map_or(PollTimeout::NONE, |limit| {
        let millis = limit.as_nanos().div_ceil(1_000_000);
        i32::try_from(millis).unwrap_or(i32::MAX).try_into().unwrap_or(PollTimeout::MAX)
    })
}
