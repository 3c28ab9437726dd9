//! The dispatcher: hands chunks to workers, takes in answers, and deals with what goes wrong.
//!
//! All of it happens in [`Dispatcher::poll_once`], one round of: replace, hand out, balance, send,
//! wait, receive, watch, reap. The parent waits in one place only, in `poll`. No code of the program's
//! own runs in here: it sees neither items nor results, only words.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use crate::call::SharedCall;
use crate::chunk::Chunk;
use crate::error::{Cause, Error, Exit};
use crate::event::Event;
use crate::process;
use crate::rate::{Demand, RateEstimate};
use crate::sys;
use crate::worker::Ends;
use crate::worker_handle::{Remains, State, WorkerHandle};

/// How long a worker may be silent before the parent looks at its page unasked.
const TICK: Duration = Duration::from_millis(5);

/// How long a worker may be silent before the parent looks whether it is alive. A death is seen at
/// once by end-of-file; this is for the case that a child of the worker keeps the socket open.
const LOOK: Duration = Duration::from_millis(500);

/// How long a worker with a time limit may at least be silent while it runs no item: it may not
/// have been given the processor.
const SILENCE: Duration = Duration::from_secs(1);

/// How long an initialiser may take if items have a time limit and it has none of its own.
const INITIALISER: Duration = Duration::from_secs(60);

/// How long an item may go on that nobody waits for when its worker is needed.
const ABANDONED: Duration = Duration::from_millis(50);

/// How long the pool waits for threads that are just ending: `thread::scope` returns before the
/// system has removed them.
const ENDING_THREADS: Duration = Duration::from_millis(200);

/// A worker's queue is filled in about so many batches.
const BATCHES: usize = 16;

/// How many workers in a row may end before their first answer: in the initialiser, or behind it.
const STARTING_DEATHS: u32 = 3;
const EARLY_DEATHS: u32 = 10;

/// How many workers in a row may be silent before an item is given up.
const SILENT_DEATHS: u32 = 3;

/// How long a worker has to end by itself: idle, or with finaliser and destructors.
const GRACE: Duration = Duration::from_secs(1);
const FINISHING: Duration = Duration::from_secs(10);

/// What a worker does from its first moment to its last. It does not return.
pub(crate) type Fork<'f> = dyn FnMut(Ends) + 'f;

/// What the pool is to do, as the [`Builder`](crate::Builder) has collected it.
pub(crate) struct Plan {
    pub(crate) workers: usize,
    /// How many items a worker may be given in its life.
    pub(crate) recycle_after: usize,
    pub(crate) chunk_size: Option<usize>,
    /// Whether the caller has vouched that forking is safe although there are threads.
    pub(crate) threads_allowed: bool,
    /// How long an item may run.
    pub(crate) limit: Option<Duration>,
    /// How long the initialiser may run.
    pub(crate) initialiser_limit: Option<Duration>,
    pub(crate) has_initialiser: bool,
    /// When the pool was made.
    pub(crate) start: Instant,
}

/// All workers of a pool, and the chunks that none of them has.
pub(crate) struct Dispatcher<'f> {
    main: Box<Fork<'f>>,
    plan: Plan,
    owner: Pid,
    rate: RateEstimate,
    workers: Vec<WorkerHandle>,
    pending: VecDeque<Chunk>,
    /// Why no more workers are forked.
    broken: Option<Cause>,
    early_deaths: u32,
    silent_deaths: u32,
    /// How much workers are given at present.
    demand: Demand,
    /// Which worker is being given chunks, and how many more before others are looked at.
    batch: (usize, usize),
    /// What has happened since the pool has last asked.
    events: Vec<Event>,
    /// Whether it was said already that a worker is not replaced.
    complained: bool,
    #[cfg(target_os = "linux")]
    readable: Option<Rc<sys::AnyReadable>>,
}

impl<'f> Dispatcher<'f> {
    /// Forks the workers and waits until their initialisers are done.
    pub(crate) fn new(main: Box<Fork<'f>>, plan: Plan) -> Result<Self, Error> {
        let rate = RateEstimate::new(plan.chunk_size);
        let mut new = Dispatcher {
            main,
            plan,
            owner: process::current(),
            rate,
            workers: Vec::new(),
            pending: VecDeque::new(),
            broken: None,
            early_deaths: 0,
            silent_deaths: 0,
            demand: Demand::Measured,
            batch: (0, 0),
            events: Vec::new(),
            complained: false,
            #[cfg(target_os = "linux")]
            readable: None,
        };
        new.spawn_missing(ENDING_THREADS)?;
        while new.workers.iter().any(|worker| *worker.state() == State::Starting) {
            new.wait(None);
            new.watch();
            new.reap();
            new.broken.clone().map_or(Ok(()), |cause| Err(Error::new(cause)))?;
            new.spawn_missing(ENDING_THREADS)?;
        }
        Ok(new)
    }

    pub(crate) fn owner(&self) -> Pid {
        self.owner
    }

    fn now(&self) -> Duration {
        self.plan.start.elapsed()
    }

    /// What has happened to workers since this was last asked.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The PIDs of the workers that can be given items.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.workers.iter().filter(|w| !w.is_told_to_end).map(WorkerHandle::pid).collect()
    }

    // ---- replace ------------------------------------------------------------------------------

    /// Forks until there are as many workers as planned. Waits no longer than `patience` for threads
    /// that are about to end.
    fn spawn_missing(&mut self, patience: Duration) -> Result<(), Error> {
        let there = self.workers.iter().filter(|worker| !worker.is_told_to_end).count();
        for _ in there..self.plan.workers {
            self.spawn(patience)?;
        }
        Ok(())
    }

    fn spawn(&mut self, patience: Duration) -> Result<u32, Error> {
        let spawned = self.try_spawn(patience);
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

    fn try_spawn(&mut self, patience: Duration) -> Result<u32, Error> {
        if let Some(cause) = &self.broken {
            return Err(Error::new(cause.clone()));
        }
        self.check_threads(patience)?;
        let worker = WorkerHandle::fork(&mut *self.main, &self.plan)?;
        let pid = worker.pid();
        #[cfg(target_os = "linux")]
        if let Some(readable) = &self.readable {
            watch_sockets(readable, &worker)?;
        }
        self.workers.push(worker);
        Ok(pid)
    }

    /// A process that forks must have one thread: of the others the child would have only the
    /// locks they hold.
    fn check_threads(&self, patience: Duration) -> Result<(), Error> {
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
            if start.elapsed() >= patience {
                return Err(Error::new(Cause::Threads { count }));
            }
            pause(Duration::from_micros(100));
        }
    }

    // ---- hand out -----------------------------------------------------------------------------

    /// Before a call gives chunks: sees who wants more, for a call that needs so much.
    pub(crate) fn prepare(&mut self, demand: Demand) {
        // If it fails, `poll_once` finds no worker, or goes on with those who are there.
        let _ = self.spawn_missing(Duration::ZERO);
        self.demand = demand;
        self.refresh_demand();
    }

    /// A worker that has had enough wants work again when half of that is gone.
    fn refresh_demand(&mut self) {
        let depth = self.rate.depth(self.demand);
        for worker in &mut self.workers {
            let half_empty = worker.chunks() <= depth / 2;
            worker.wants_work = !worker.is_full(depth) && (worker.wants_work || half_empty);
        }
    }

    fn wants_work(worker: &WorkerHandle) -> bool {
        worker.wants_work && worker.is_open()
    }

    /// How many items the next chunk should have; `None` if no worker wants one now.
    pub(crate) fn wanted_items(&self) -> Option<usize> {
        // If there are no workers, the chunk has to fail, and that is `poll_once`'s business.
        let wanted = !self.has_future() || self.workers.iter().any(Self::wants_work);
        (wanted && self.pending.is_empty()).then(|| self.chunk_size())
    }

    /// How many items a chunk should have.
    pub(crate) fn chunk_size(&self) -> usize {
        self.rate.chunk_size().min(self.plan.recycle_after)
    }

    /// Whether nothing is known yet of how long items take.
    pub(crate) fn is_untried(&self) -> bool {
        self.rate.is_unknown()
    }

    /// Whether a worker takes chunks, or will.
    fn has_future(&self) -> bool {
        self.workers.iter().any(|worker| !worker.is_told_to_end)
    }

    /// Whether a worker has nothing to do.
    pub(crate) fn has_idle(&self) -> bool {
        self.workers.iter().any(WorkerHandle::is_idle)
    }

    /// The worker that should have the next chunk: of those that want one the one with the least
    /// to do. If their queues are deep, it has a batch before the others are asked again.
    fn next_worker(&mut self, depth: usize) -> Option<usize> {
        let (last, left) = self.batch;
        if left > 0 && self.workers.get(last).is_some_and(Self::wants_work) {
            self.batch = (last, left - 1);
            return Some(last);
        }
        let wanting = self.workers.iter().enumerate().filter(|(_, w)| Self::wants_work(w));
        let (next, _) = wanting.min_by_key(|(_, worker)| worker.items())?;
        self.batch = (next, depth / BATCHES);
        Some(next)
    }

    /// Takes a chunk to hand it out.
    pub(crate) fn push(&mut self, chunk: Chunk) {
        self.pending.push_back(chunk);
        self.hand_out();
    }

    /// Gives pending chunks to the workers that want them.
    fn hand_out(&mut self) {
        let (depth, now) = (self.rate.depth(self.demand), self.now());
        while !self.pending.is_empty()
            && let Some(index) = self.next_worker(depth)
            && let Some(chunk) = self.pending.pop_front()
        {
            let worker = &mut self.workers[index];
            let fresh = worker.allowance == self.plan.recycle_after;
            if worker.allowance < chunk.items && !fresh {
                self.pending.push_front(chunk);
                self.recycle(index);
            } else if worker.has_room(&chunk) {
                worker.give(chunk, now);
                worker.wants_work &= !worker.is_full(depth);
            } else {
                worker.wants_work = false;
                self.pending.push_front(chunk);
            }
        }
    }

    /// A worker has had its share. It gets nothing more as soon as it is replaced, and not before.
    fn recycle(&mut self, index: usize) {
        let replacement = self.spawn(Duration::ZERO);
        let allowance = self.plan.recycle_after;
        let worker = &mut self.workers[index];
        match replacement {
            Ok(pid) => worker.expire(pid),
            Err(_) => worker.go_on(allowance),
        }
        self.settle_expiring();
    }

    /// Workers whose replacement is ready retire, and those whose replacement has failed go on.
    fn settle_expiring(&mut self) {
        for index in 0..self.workers.len() {
            let State::Expiring(pid) = *self.workers[index].state() else { continue };
            let replacement = self.workers.iter().find(|worker| worker.pid() == pid);
            let starting = replacement.is_some_and(|r| *r.state() == State::Starting);
            let failed = replacement.is_none_or(WorkerHandle::is_lost);
            let worker = &mut self.workers[index];
            if failed {
                worker.go_on(self.plan.recycle_after);
            } else if !starting {
                self.events.push(Event::Retired { pid: worker.pid() });
                worker.retire();
            }
        }
    }

    // ---- balance ------------------------------------------------------------------------------

    /// Gives workers that have nothing to do a part of what others have not begun.
    fn balance(&mut self) {
        while let Some(idle) = self.workers.iter().position(WorkerHandle::is_idle) {
            let mut victims: Vec<&mut WorkerHandle> = self.workers.iter_mut().collect();
            victims.sort_by_key(|worker| Reverse(worker.spare()));
            let mut chunks = victims.into_iter().map(WorkerHandle::take_half);
            let taken = chunks.find(|chunks| !chunks.is_empty());
            let Some(chunks) = taken.or_else(|| self.take_from_silent()) else { return };
            self.workers[idle].wants_work = true;
            self.pending.extend(chunks);
            self.hand_out();
        }
    }

    /// A worker has nothing to do, and no other has more than one chunk. Takes from one that has been
    /// at its chunk for long, or that does not even begin.
    fn take_from_silent(&mut self) -> Option<Vec<Chunk>> {
        let now = self.now();
        let at_work = self.workers.iter_mut().filter(|worker| worker.silent(now) > TICK);
        if let Some(most) = at_work.max_by_key(|worker| worker.rest())
            && most.rest() > 0
            && let Some(mut chunk) = most.take_rest()
        {
            // One half for each, if it moves at all.
            let half = chunk.items.div_ceil(2);
            let second = chunk.split_off(half);
            return Some(std::iter::once(chunk).chain(second).collect());
        }
        let stalled = |worker: &&mut WorkerHandle| {
            worker.items() > 0 && worker.silent(now) > worker.patience() && !worker.has_begun()
        };
        let worker = self.workers.iter_mut().find(stalled)?;
        let chunks = worker.take_all();
        if chunks.is_empty() {
            return None;
        }
        worker.stall();
        let (pid, silent) = (worker.pid(), worker.silent(now));
        self.events.push(Event::Slow { pid, silent });
        Some(chunks)
    }

    // ---- the round ----------------------------------------------------------------------------

    /// One round. Returns when something has happened, or after `timeout`.
    pub(crate) fn poll_once(&mut self, timeout: Option<Duration>) {
        let patience = if self.has_future() { Duration::ZERO } else { ENDING_THREADS };
        let spawned = self.spawn_missing(patience);
        if !self.has_future() {
            self.give_up(spawned.err());
        }
        if self.workers.is_empty() {
            return;
        }
        self.refresh_demand();
        self.hand_out();
        self.balance();
        for worker in &mut self.workers {
            worker.send();
            worker.wake();
        }
        if self.is_busy() {
            self.wait(timeout);
        }
        self.watch();
        self.reap();
        self.settle_expiring();
    }

    /// Whether there is something to wait for: an answer, or a worker that can take items.
    fn is_busy(&self) -> bool {
        let unanswered = self.workers.iter().any(|worker| worker.items() > 0);
        unanswered || !self.pending.is_empty() || !self.workers.iter().any(WorkerHandle::is_open)
    }

    /// Waits for answers, for room in a socket, or for a worker's death; takes in the answers.
    fn wait(&mut self, timeout: Option<Duration>) {
        let mut awake = self.workers.iter().any(WorkerHandle::is_lost);
        for worker in &mut self.workers {
            awake |= !worker.announce_sleep();
        }
        let limit = if awake { Some(Duration::ZERO) } else { self.longest_wait(timeout) };
        let ready = self.poll_sockets(limit);
        for (worker, (bell, bulk)) in self.workers.iter_mut().zip(ready) {
            worker.receive(&mut self.rate, bell, bulk);
            // For a program that waits for the pool's descriptor: from now on the bell rings again.
            if !worker.announce_sleep() {
                worker.receive(&mut self.rate, false, false);
            }
        }
    }

    /// Which bells and which bulk sockets have something.
    fn poll_sockets(&self, limit: Option<Duration>) -> Vec<(bool, bool)> {
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(2 * self.workers.len());
        for worker in &self.workers {
            let wires = worker.wires();
            let write = if worker.has_outgoing() { PollFlags::POLLOUT } else { PollFlags::empty() };
            fds.push(PollFd::new(wires.bell.as_fd(), PollFlags::POLLIN));
            fds.push(PollFd::new(wires.bulk.as_fd(), PollFlags::POLLIN | write));
        }
        match poll(&mut fds, to_timeout(limit)) {
            // If a signal interrupts it, nothing is ready, and the next round waits again.
            Ok(0) | Err(Errno::EINTR) => vec![(false, false); self.workers.len()],
            Ok(_) => fds.chunks(2).map(|two| (is_ready(&two[0]), is_ready(&two[1]))).collect(),
            // It cannot wait: more descriptors than allowed, or no memory. Looking at all of them now
            // and then is slow, but it ends.
            Err(_) => {
                pause(limit.unwrap_or(TICK).min(TICK / 5));
                vec![(true, true); self.workers.len()]
            }
        }
    }

    /// Until when nothing needs to be done unless something comes.
    fn longest_wait(&self, timeout: Option<Duration>) -> Option<Duration> {
        let now = self.now();
        let deadlines = self.workers.iter().filter_map(|worker| self.deadline(worker));
        let left = deadlines.map(|deadline| deadline.saturating_sub(now));
        // Behind the first item there may be answers that are not announced.
        let busy = self.workers.iter().filter(|worker| worker.items() > 0);
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
        (worker.items() > 0).then(|| worker.last_activity().saturating_add(limit.max(SILENCE)))
    }

    // ---- watch --------------------------------------------------------------------------------

    /// Gives up workers that are too late, too silent, or at something that nobody waits for.
    fn watch(&mut self) {
        let now = self.now();
        let needed = !self.has_idle() && self.has_work();
        for index in 0..self.workers.len() {
            self.workers[index].observe(now);
            let deadline = self.deadline(&self.workers[index]);
            let worker = &mut self.workers[index];
            if worker.is_lost() {
                continue;
            }
            if deadline.is_some_and(|deadline| now >= deadline) {
                give_up_late(worker, &self.plan);
            } else if needed && is_abandoned(worker) {
                "nobody waits for its item, and others do for theirs"
                    .clone_into(&mut worker.reason);
                worker.lose(Some(Cause::Cancelled));
            } else if worker.silent(now) > LOOK {
                worker.try_wait();
            }
        }
    }

    /// Whether a call waits for items that are not begun.
    fn has_work(&self) -> bool {
        !self.pending.is_empty() || self.workers.iter().any(WorkerHandle::has_wanted_items)
    }

    // ---- reap ---------------------------------------------------------------------------------

    /// Removes the workers that are dead or given up, and recovers what they had.
    fn reap(&mut self) {
        while let Some(index) = self.workers.iter().position(WorkerHandle::is_lost) {
            let mut worker = self.workers.swap_remove(index);
            let exit = worker.wait_for_exit();
            // Whatever it has answered is not lost.
            worker.receive_rest(&mut self.rate);
            self.recover(worker, exit);
        }
    }

    /// The item that the dead worker was at fails. What it had not begun goes to others.
    fn recover(&mut self, mut worker: WorkerHandle, exit: Exit) {
        let (pid, told) = (worker.pid(), worker.is_told_to_end);
        let starting = worker.refused.is_some() || worker.is_starting();
        let reason = std::mem::take(&mut worker.reason);
        let refused = worker.refused.take();
        let last_words = worker.last_words();
        let decided = match worker.state() {
            State::Lost(Some(cause)) => Some(cause.clone()),
            _ => None,
        };
        let (answered, silent) = (worker.has_answered, worker.is_silent);
        let Remains { begun, unbegun } = worker.into_unfinished();
        let progress = answered || begun.is_some();
        if let Some((chunk, item)) = begun {
            let died = Cause::Died { pid, exit, last_words };
            chunk.call.borrow_mut().fail(item, decided.unwrap_or(died));
        }
        self.requeue(unbegun);
        if !told || !progress && !matches!(exit, Exit::Code(0)) {
            let text = refused.clone().unwrap_or_else(|| reason.clone());
            self.events.push(Event::Died { pid, exit, reason: text });
        }
        if progress {
            (self.early_deaths, self.silent_deaths) = (0, 0);
        } else if silent {
            self.blame_silence();
        } else if !told {
            self.blame_start(refused, &reason, exit, starting);
        }
    }

    fn requeue(&mut self, chunks: Vec<Chunk>) {
        for chunk in chunks.into_iter().rev() {
            if chunk.call.borrow().forgotten().is_none() {
                self.pending.push_front(chunk);
            }
        }
    }

    /// A worker has ended before its first answer. No more are forked if that is bound to go on.
    fn blame_start(&mut self, refused: Option<String>, reason: &str, exit: Exit, starting: bool) {
        self.early_deaths += 1;
        let most =
            if starting || self.plan.has_initialiser { STARTING_DEATHS } else { EARLY_DEATHS };
        if refused.is_none() && self.early_deaths < most {
            return;
        }
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let reason = refused.unwrap_or_else(|| format!("the worker {exit}{why}"));
        self.broken = Some(if self.plan.has_initialiser {
            Cause::Initialiser { reason }
        } else {
            let count = self.early_deaths;
            let reason = format!("{count} in a row ended before their first answer; {reason}");
            Cause::NoWorker { reason }
        });
    }

    /// One worker after another is silent before it begins. The item that they were to begin fails.
    fn blame_silence(&mut self) {
        self.silent_deaths += 1;
        if self.silent_deaths < SILENT_DEATHS {
            return;
        }
        self.silent_deaths = 0;
        let (Some(limit), Some(mut chunk)) = (self.plan.limit, self.pending.pop_front()) else {
            return;
        };
        let rest = chunk.split_off(1);
        chunk.call.borrow_mut().fail(chunk.first, Cause::TimedOut { limit });
        self.requeue(rest.into_iter().collect());
    }

    /// No worker is left and none can be had: every pending item fails.
    fn give_up(&mut self, reason: Option<Error>) {
        let reason = reason.map_or_else(String::new, |error| error.to_string());
        for chunk in std::mem::take(&mut self.pending) {
            fail_all(&chunk, &Cause::NoWorker { reason: reason.clone() });
        }
    }

    // ---- calls --------------------------------------------------------------------------------

    /// A call is over: what it has not got by now, it does not want.
    pub(crate) fn forget(&mut self, call: &SharedCall) {
        drop(self.take_back(call));
    }

    /// Whatever of the call is not answered fails with `cause`. Items that are begun are cut short.
    pub(crate) fn cancel(&mut self, call: &SharedCall, cause: &Cause) {
        for chunk in self.take_back(call) {
            fail_all(&chunk, cause);
        }
        for worker in &mut self.workers {
            if worker.is_at(call) {
                "its call was cancelled".clone_into(&mut worker.reason);
                worker.lose(Some(cause.clone()));
            }
        }
        self.reap();
    }

    /// All items of a call that no worker has begun.
    fn take_back(&mut self, call: &SharedCall) -> Vec<Chunk> {
        let belongs = |chunk: &Chunk| Rc::ptr_eq(&chunk.call, call);
        let mut chunks: Vec<Chunk> = Vec::new();
        for worker in &mut self.workers {
            chunks.extend(worker.take_where(belongs));
        }
        let (mine, others) = std::mem::take(&mut self.pending).into_iter().partition(belongs);
        self.pending = others;
        chunks.extend::<VecDeque<Chunk>>(mine);
        chunks
    }

    /// Kills all workers at once. What they have not answered fails.
    pub(crate) fn terminate(&mut self) {
        for worker in &mut self.workers {
            for chunk in worker.take_all() {
                fail_all(&chunk, &Cause::Cancelled);
            }
            "the pool was terminated".clone_into(&mut worker.reason);
            worker.lose(Some(Cause::Cancelled));
        }
        for chunk in std::mem::take(&mut self.pending) {
            fail_all(&chunk, &Cause::Cancelled);
        }
        self.reap();
    }

    /// A descriptor that is readable when there may be something to do.
    #[cfg(target_os = "linux")]
    pub(crate) fn readable(&mut self) -> Result<Rc<sys::AnyReadable>, Error> {
        if let Some(readable) = &self.readable {
            return Ok(Rc::clone(readable));
        }
        let made = sys::AnyReadable::new().map_err(|errno| Error::system("epoll_create", errno));
        let readable = Rc::new(made?);
        for worker in &self.workers {
            watch_sockets(&readable, worker)?;
        }
        self.readable = Some(Rc::clone(&readable));
        Ok(readable)
    }
}

impl Drop for Dispatcher<'_> {
    /// Ends all workers and waits for them: those that are idle end by themselves, within [`GRACE`],
    /// or [`FINISHING`] if they have something to finish. Those that are at an item are killed.
    fn drop(&mut self) {
        if process::current() != self.owner {
            // A copy in another process: the workers are none of its children.
            return;
        }
        for worker in &mut self.workers {
            drop(worker.take_all());
            worker.close_bell();
        }
        let start = Instant::now();
        for worker in &mut self.workers {
            while !worker.is_lost() && !worker.has_begun() {
                let grace = if worker.is_finishing() { FINISHING } else { GRACE };
                let left = grace.saturating_sub(start.elapsed());
                if left.is_zero() {
                    break;
                }
                let mut fds = [PollFd::new(worker.wires().bell.as_fd(), PollFlags::POLLIN)];
                let _ = poll(&mut fds, to_timeout(Some(left.min(LOOK / 5))));
                let ready = is_ready(&fds[0]);
                worker.receive(&mut self.rate, ready, false);
            }
            worker.wait_for_exit();
        }
    }
}

/// A worker has reached its deadline.
fn give_up_late(worker: &mut WorkerHandle, plan: &Plan) {
    if *worker.state() == State::Starting {
        let limit = plan.initialiser_limit.unwrap_or(INITIALISER);
        worker.refused = Some(format!("still not done after {limit:?}"));
        return worker.lose(None);
    }
    let cause = plan.limit.map(|limit| Cause::TimedOut { limit });
    "it was too slow, or silent for too long".clone_into(&mut worker.reason);
    worker.is_silent = !worker.has_begun();
    worker.lose(cause);
}

/// Whether a worker is at an item of a call that is over, and has been for some time.
fn is_abandoned(worker: &WorkerHandle) -> bool {
    let call = worker.current_call();
    let since = call.and_then(|call| call.forgotten());
    since.is_some_and(|since| since.elapsed() >= ABANDONED)
}

fn fail_all(chunk: &Chunk, cause: &Cause) {
    let mut call = chunk.call.borrow_mut();
    for item in chunk.first..chunk.first + chunk.items {
        call.fail(item, cause.clone());
    }
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

#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
