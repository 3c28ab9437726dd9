//! The dispatcher: hands chunks to workers, takes in answers, and deals with what goes wrong.
//!
//! All of it happens in [`Dispatcher::poll_once`], one round of: replace, hand out, balance, send,
//! wait, receive, watch, reap. The parent waits in one place only, in `poll`. No code of the
//! program's own runs in here: it sees neither items nor results, only words.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use crate::call::SharedCall;
use crate::chunk::Chunk;
use crate::error::{Cause, Error};
use crate::event::Event;
use crate::plan::{Fork, Plan};
use crate::rate::{Demand, RateEstimate, Targets};
use crate::remains::Remains;
use crate::worker_handle::WorkerHandle;
use crate::worker_state::State;
use crate::workers::{ENDING_THREADS, TICK, Workers};

/// A worker's queue is filled in about this many batches.
const BATCHES: usize = 16;

/// How many workers in a row may be silent before an item is given up, beside those that the pool
/// has.
const SILENT_DEATHS: u32 = 3;

/// The workers of a pool, and the chunks that none of them has.
pub(crate) struct Dispatcher<'f> {
    workers: Workers<'f>,
    rate: RateEstimate,
    pending: VecDeque<Chunk>,
    silent_deaths: u32,
    /// How much workers are given at present, and what that is in numbers.
    demand: Demand,
    targets: Targets,
    /// Which worker is being given chunks, and how many more before others are considered.
    batch: (usize, usize),
}

impl<'f> Dispatcher<'f> {
    /// Forks the workers and waits until their initialisers are done.
    pub(crate) fn new(main: Box<Fork<'f>>, plan: Plan) -> Result<Self, Error> {
        let rate = RateEstimate::new(plan.chunk_size);
        let targets = rate.targets(Demand::Measured);
        let mut new = Dispatcher {
            workers: Workers::new(main, plan),
            rate,
            pending: VecDeque::new(),
            silent_deaths: 0,
            demand: Demand::Measured,
            targets,
            batch: (0, 0),
        };
        new.workers.spawn_missing(ENDING_THREADS)?;
        while new.workers.iter().any(|worker| *worker.state() == State::Starting) {
            new.workers.wait(&mut new.rate, None);
            new.workers.watch(false);
            new.reap();
            new.workers.broken().map_or(Ok(()), |cause| Err(Error::new(cause.clone())))?;
            new.workers.spawn_missing(ENDING_THREADS)?;
        }
        Ok(new)
    }

    pub(crate) fn workers(&self) -> &Workers<'f> {
        &self.workers
    }

    pub(crate) fn workers_mut(&mut self) -> &mut Workers<'f> {
        &mut self.workers
    }

    // ---- hand out -----------------------------------------------------------------------------

    /// Before a call gives chunks: replaces missing workers, and finds out which workers want more.
    pub(crate) fn prepare(&mut self, demand: Demand) {
        // If it fails, `poll_once` finds no worker, or continues with the existing ones.
        let _ = self.workers.spawn_missing(Duration::ZERO);
        self.demand = demand;
        self.refresh_demand();
    }

    fn refresh_demand(&mut self) {
        self.targets = self.rate.targets(self.demand);
        let depth = self.targets.depth;
        self.workers.iter_mut().for_each(|worker| worker.refresh_demand(depth));
    }

    /// How many items the next chunk should have; `None` if no worker wants one now.
    pub(crate) fn wanted_items(&self) -> Option<usize> {
        // If there are no workers, the chunk has to fail, and that is `poll_once`'s business.
        let wanted = !self.has_future() || self.workers.iter().any(WorkerHandle::wants_work);
        (wanted && self.pending.is_empty()).then(|| self.chunk_size())
    }

    /// How many items a chunk should have.
    pub(crate) fn chunk_size(&self) -> usize {
        self.targets.chunk_size.min(self.workers.plan().recycle_after)
    }

    /// Whether nothing is known yet of how long items take.
    pub(crate) fn is_untried(&self) -> bool {
        self.rate.is_unknown()
    }

    /// Whether a worker takes chunks, or will.
    fn has_future(&self) -> bool {
        self.workers.iter().any(|worker| !worker.is_told_to_end())
    }

    /// Whether a worker has nothing to do.
    pub(crate) fn has_idle(&self) -> bool {
        self.workers.iter().any(WorkerHandle::is_idle)
    }

    /// The worker that should have the next chunk: of those that want one the one with the least
    /// to do. If their queues are deep, it has a batch before the others are asked again.
    fn next_worker(&mut self, depth: usize) -> Option<usize> {
        let (last, left) = self.batch;
        if left > 0 && self.workers.get(last).is_some_and(WorkerHandle::wants_work) {
            self.batch = (last, left - 1);
            return Some(last);
        }
        let wanting = self.workers.iter().enumerate().filter(|(_, w)| w.wants_work());
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
        let Targets { depth, wake_at, .. } = self.targets;
        while !self.pending.is_empty()
            && let Some(index) = self.next_worker(depth)
            && let Some(chunk) = self.pending.pop_front()
        {
            let worker = self.workers.at(index);
            if !worker.may_have(chunk.items) {
                self.pending.push_front(chunk);
                self.workers.recycle(index);
            } else if worker.has_room(&chunk) {
                worker.give(chunk, depth);
                worker.wake_for(wake_at);
            } else {
                worker.decline();
                worker.wake();
                self.pending.push_front(chunk);
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
            let depth = self.targets.depth;
            self.workers.at(idle).refresh_demand(depth);
            self.pending.extend(chunks);
            self.hand_out();
        }
    }

    /// A worker has nothing to do, and no other has more than one chunk. Takes from one that has
    /// been at its chunk for long, or that does not even begin.
    fn take_from_silent(&mut self) -> Option<Vec<Chunk>> {
        let now = self.workers.now();
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
            worker.items() > 0 && worker.silent(now) > worker.stall_timeout() && !worker.has_begun()
        };
        let worker = self.workers.iter_mut().find(stalled)?;
        let chunks = worker.take_where(|_| true);
        if chunks.is_empty() {
            return None;
        }
        worker.stall();
        let (pid, silent) = (worker.pid(), worker.silent(now));
        self.workers.note(Event::Slow { pid, silent });
        Some(chunks)
    }

    // ---- the round ----------------------------------------------------------------------------

    /// One round. Returns when something has happened, or after `timeout`.
    pub(crate) fn poll_once(&mut self, timeout: Option<Duration>) {
        let ending = if self.has_future() { Duration::ZERO } else { ENDING_THREADS };
        let spawned = self.workers.spawn_missing(ending);
        if !self.has_future() {
            self.give_up(spawned.err());
        }
        if self.workers.iter().next().is_none() {
            return;
        }
        self.refresh_demand();
        self.hand_out();
        self.balance();
        for worker in self.workers.iter_mut() {
            worker.send();
            worker.wake();
        }
        if self.is_busy() {
            self.workers.wait(&mut self.rate, timeout);
        }
        let needed = !self.has_idle() && self.has_work();
        self.workers.watch(needed);
        self.reap();
        self.workers.settle_expiring();
    }

    /// Whether there is something to wait for: an answer, or a worker that can take items.
    fn is_busy(&self) -> bool {
        let unanswered = self.workers.iter().any(|worker| worker.items() > 0);
        unanswered || !self.pending.is_empty() || !self.workers.iter().any(WorkerHandle::is_open)
    }

    /// Whether a call waits for items that are not begun.
    fn has_work(&self) -> bool {
        !self.pending.is_empty() || self.workers.iter().any(WorkerHandle::has_wanted_items)
    }

    // ---- reap ---------------------------------------------------------------------------------

    /// Removes the workers that are dead or given up, and recovers what they had.
    fn reap(&mut self) {
        while let Some(mut worker) = self.workers.take_lost() {
            let exit = worker.wait_for_exit();
            // Whatever it has answered is not lost.
            worker.receive(&mut self.rate, false, false);
            self.recover(worker.into_remains(exit));
        }
    }

    /// The dead worker's current item fails. Items that it had not begun go to others.
    fn recover(&mut self, mut dead: Remains) {
        for (call, items) in &dead.begun {
            items.clone().for_each(|item| call.borrow_mut().fail(item, dead.cause.clone()));
        }
        self.requeue(std::mem::take(&mut dead.unbegun));
        dead.event().into_iter().for_each(|event| self.workers.note(event));
        if dead.has_progress() {
            self.silent_deaths = 0;
            self.workers.forgive();
        } else if dead.was_silent {
            self.blame_silence();
        } else if !dead.was_told_to_end {
            self.workers.blame_start(&dead);
        }
    }

    fn requeue(&mut self, chunks: Vec<Chunk>) {
        for chunk in chunks.into_iter().rev() {
            if chunk.call.borrow().forgotten().is_none() {
                self.pending.push_front(chunk);
            }
        }
    }

    /// One worker after another is silent before it begins. The item that they were to begin fails.
    fn blame_silence(&mut self) {
        self.silent_deaths += 1;
        // All that there are may have been stopped at once, which says nothing of the item.
        if self.silent_deaths < self.workers.plan().workers as u32 + SILENT_DEATHS {
            return;
        }
        self.silent_deaths = 0;
        let (Some(limit), Some(mut chunk)) = (self.workers.plan().limit, self.pending.pop_front())
        else {
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
        for worker in self.workers.iter_mut() {
            if worker.is_at(call) {
                worker.give_up("its call was cancelled", cause.clone());
            }
        }
        self.reap();
    }

    /// All items of a call that no worker has begun.
    fn take_back(&mut self, call: &SharedCall) -> Vec<Chunk> {
        let belongs = |chunk: &Chunk| Rc::ptr_eq(&chunk.call, call);
        let mut chunks: Vec<Chunk> = Vec::new();
        for worker in self.workers.iter_mut() {
            chunks.extend(worker.take_where(belongs));
        }
        let (mine, others) = std::mem::take(&mut self.pending).into_iter().partition(belongs);
        self.pending = others;
        chunks.extend::<VecDeque<Chunk>>(mine);
        chunks
    }

    /// Kills all workers at once. What they have not answered fails.
    pub(crate) fn terminate(&mut self) {
        for worker in self.workers.iter_mut() {
            for chunk in worker.take_where(|_| true) {
                fail_all(&chunk, &Cause::Cancelled);
            }
            worker.give_up("the pool was terminated", Cause::Cancelled);
        }
        for chunk in std::mem::take(&mut self.pending) {
            fail_all(&chunk, &Cause::Cancelled);
        }
        self.reap();
    }
}

fn fail_all(chunk: &Chunk, cause: &Cause) {
    let mut call = chunk.call.borrow_mut();
    for item in chunk.first..chunk.first + chunk.items {
        call.fail(item, cause.clone());
    }
}
