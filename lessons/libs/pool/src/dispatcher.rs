//! The dispatcher: hands chunks to workers, takes in answers, and deals with what goes wrong.
//!
//! All of it happens in [`Dispatcher::turn`], one round of: replace, hand out, balance, send,
//! wait, receive, enforce the time limit, bury. The parent waits in one place only, in `poll`.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use nix::poll::{PollFd, PollTimeout, poll};

use crate::call::Call;
use crate::chunk::Chunk;
use crate::error::{Cause, Error};
use crate::link::Link;
use crate::pace::{Pace, Supply};
use crate::payload::Payload;
use crate::receive::receive;
use crate::system::count_threads;
use crate::task::Task;

/// How long a worker may be silent before the parent looks at its stage.
const TICK: Duration = Duration::from_millis(5);

/// How long a worker may be silent before the parent looks whether it is alive. A death is seen at
/// once by end-of-file; this is for the case that a child of the worker keeps the socket open.
const LOOK: Duration = Duration::from_millis(500);

/// A worker's queue is filled in about so many helpings.
const HELPINGS: usize = 16;

/// What the pool is to do, as the [`Builder`](crate::Builder) has collected it.
pub(crate) struct Plan {
    pub(crate) workers: usize,
    /// How many items a worker may be given in its life.
    pub(crate) recycle_after: usize,
    pub(crate) chunk_size: Option<usize>,
    /// Whether the caller has vouched that forking is safe although there are threads.
    pub(crate) threads_allowed: bool,
}

/// All workers of a pool, and the chunks that none of them has.
pub(crate) struct Dispatcher<A, R> {
    pub(crate) task: Task<A, R>,
    plan: Plan,
    pub(crate) pace: Pace,
    pub(crate) links: Vec<Link<R>>,
    pub(crate) pending: VecDeque<Chunk<R>>,
    /// Why no more workers are forked.
    pub(crate) broken: Option<Cause>,
    pub(crate) initialiser_deaths: u32,
    /// How much workers are given at present.
    supply: Supply,
    /// Who is being given chunks, and how many more before others are looked at.
    helping: (usize, usize),
}

impl<A: Payload, R: Payload> Dispatcher<A, R> {
    /// Forks the workers and waits until their initialisers are done.
    pub(crate) fn new(task: Task<A, R>, plan: Plan) -> Result<Self, Error> {
        let pace = Pace::new(plan.chunk_size);
        let (links, pending) = (Vec::new(), VecDeque::new());
        let mut new = Dispatcher {
            task,
            plan,
            pace,
            links,
            pending,
            broken: None,
            initialiser_deaths: 0,
            supply: Supply::Measured,
            helping: (0, 0),
        };
        new.staff()?;
        while new.links.iter().any(|link| !link.ready) {
            new.wait(None);
            new.bury();
            new.broken.clone().map_or(Ok(()), |cause| Err(Error::new(cause)))?;
            new.staff()?;
        }
        Ok(new)
    }

    /// Forks until there are as many workers as planned.
    fn staff(&mut self) -> Result<(), Error> {
        if self.links.len() < self.plan.workers {
            self.check_threads()?;
        }
        for _ in self.links.len()..self.plan.workers {
            if let Some(cause) = &self.broken {
                return Err(Error::new(cause.clone()));
            }
            self.links.push(Link::fork(&mut self.task, self.plan.recycle_after)?);
        }
        Ok(())
    }

    /// A process that forks must have one thread: of the others the child would have only the
    /// locks they hold.
    fn check_threads(&self) -> Result<(), Error> {
        match count_threads() {
            Ok(count) if count > 1 && !self.plan.threads_allowed => {
                Err(Error::new(Cause::Threads { count }))
            }
            _ => Ok(()),
        }
    }

    /// Before a call gives chunks: makes sure that there are workers, and sees who wants more.
    pub(crate) fn prepare(&mut self, supply: Supply) {
        // If it fails, `turn` finds nobody, or goes on with those who are there.
        let _ = self.staff();
        self.supply = supply;
        self.ask_for_hunger();
    }

    /// Who has had enough is hungry again when half of that is gone.
    fn ask_for_hunger(&mut self) {
        let depth = self.pace.depth(self.supply);
        for link in &mut self.links {
            let half_empty = link.queue.chunks() <= depth / 2;
            link.hungry = !link.queue.is_full(depth) && (link.hungry || half_empty);
        }
    }

    /// How many items the next chunk should have; `None` if nobody wants one now.
    pub(crate) fn wants(&self) -> Option<usize> {
        // If there are no workers, the chunk has to fail, and that is `turn`'s business.
        let wanted = self.links.is_empty() || self.links.iter().any(Link::is_hungry);
        (wanted && self.pending.is_empty()).then(|| self.chunk_size())
    }

    /// How many items a chunk should have.
    pub(crate) fn chunk_size(&self) -> usize {
        self.pace.chunk_size().min(self.plan.recycle_after)
    }

    /// The worker that should have the next chunk: of those that want one the one with the least
    /// to do. If their queues are deep, it has a helping before the others are asked again.
    fn next_worker(&mut self, depth: usize) -> Option<usize> {
        let (favourite, left) = self.helping;
        if left > 0 && self.links.get(favourite).is_some_and(Link::is_hungry) {
            self.helping = (favourite, left - 1);
            return Some(favourite);
        }
        let hungry = self.links.iter().enumerate().filter(|(_, link)| link.is_hungry());
        let (favourite, _) = hungry.min_by_key(|(_, link)| link.queue.items())?;
        self.helping = (favourite, depth / HELPINGS);
        Some(favourite)
    }

    /// Takes a chunk to hand it out.
    pub(crate) fn push(&mut self, chunk: Chunk<R>) {
        if chunk.items > 0 {
            self.pending.push_back(chunk);
            self.hand_out();
        }
    }

    /// Gives pending chunks to those who want them.
    fn hand_out(&mut self) {
        let depth = self.pace.depth(self.supply);
        while !self.pending.is_empty()
            && let Some(index) = self.next_worker(depth)
            && let Some(chunk) = self.pending.pop_front()
        {
            let link = &mut self.links[index];
            let fresh = link.allowance == self.plan.recycle_after;
            if link.allowance >= chunk.items || fresh {
                link.give(chunk, depth);
            } else {
                // It has had its share. When it has answered, it ends, and is replaced.
                link.retired = true;
                self.pending.push_front(chunk);
            }
        }
    }

    /// Gives workers that have nothing to do a part of what others have not begun.
    fn balance(&mut self) {
        while let Some(idle) = self.links.iter().position(Link::is_idle) {
            let mut victims: Vec<&mut Link<R>> = self.links.iter_mut().collect();
            victims.sort_by_key(|link| Reverse(link.queue.spare()));
            let Some(chunks) = victims.into_iter().find_map(Link::take_half) else {
                return self.ask_for_rest();
            };
            self.links[idle].hungry = true;
            self.pending.extend(chunks);
            self.hand_out();
        }
    }

    /// Somebody has nothing to do. Asks who is long at a chunk of several items to share it.
    fn ask_for_rest(&self) {
        let now = self.task.start.elapsed();
        let silent = |link: &&Link<R>| now.saturating_sub(link.heard) > TICK;
        let most = self.links.iter().max_by_key(|link| link.queue.at_work(&link.board));
        if let Some(link) = most.filter(silent)
            && link.queue.at_work(&link.board) > 1
        {
            link.queue.want_rest(&link.board);
        }
    }

    /// Takes what workers have given back, in halves: one for the giver.
    fn take_returned(&mut self) {
        for chunk in self.links.iter_mut().flat_map(|link| link.returned.drain(..)) {
            if !chunk.call.borrow().is_forgotten() {
                let (first, second) = chunk.halves();
                self.pending.extend(second);
                self.pending.push_front(first);
            }
        }
    }

    /// One round. Returns when something has happened, or after `patience`.
    pub(crate) fn turn(&mut self, patience: Option<Duration>) {
        let staffed = self.staff();
        if self.links.is_empty() {
            return self.give_up(staffed.err());
        }
        self.ask_for_hunger();
        self.hand_out();
        self.balance();
        for link in &mut self.links {
            link.write();
        }
        if self.is_busy() {
            self.wait(patience);
        }
        self.enforce_limit();
        self.bury();
        self.take_returned();
    }

    /// A call is over: what it has not got by now, it does not want.
    pub(crate) fn forget(&mut self, call: &Rc<RefCell<Call<R>>>) {
        let unwanted = |chunk: &Chunk<R>| Rc::ptr_eq(&chunk.call, call);
        self.pending.retain(|chunk| !unwanted(chunk));
        for link in &mut self.links {
            link.queue.discard(&link.board, unwanted);
        }
    }

    /// Whether there is something to wait for: an answer, if only that a chunk taken back was
    /// skipped; or a worker that can take items.
    fn is_busy(&self) -> bool {
        let unanswered = self.links.iter().any(|link| link.queue.chunks() > 0);
        unanswered || !self.pending.is_empty() || !self.links.iter().any(Link::is_open)
    }

    /// Waits for answers, for room in a socket, or for a worker's death; takes in the answers.
    fn wait(&mut self, patience: Option<Duration>) {
        let mut fds: Vec<PollFd<'_>> = self.links.iter().map(Link::poll_fd).collect();
        let lost = self.links.iter().any(|link| link.lost);
        let limit = if lost { Some(Duration::ZERO) } else { self.longest_wait(patience) };
        // If a signal interrupts it, nothing is ready, and the next round waits again.
        let polled = poll(&mut fds, to_timeout(limit));
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any() == Some(true)).collect();
        let now = self.task.start.elapsed();
        for (link, ready) in self.links.iter_mut().zip(ready) {
            if polled.is_ok() && ready && link.fill() {
                link.heard = now;
                receive(link, &mut self.pace);
                continue;
            }
            let silent = now.saturating_sub(link.heard);
            if silent > TICK && link.peek() {
                receive(link, &mut self.pace);
            }
            if silent > LOOK && !link.lost {
                link.look();
            }
        }
    }

    /// Until when nothing needs to be done unless something comes.
    fn longest_wait(&self, patience: Option<Duration>) -> Option<Duration> {
        let now = self.task.start.elapsed();
        let busy = self.links.iter().filter(|link| link.queue.items() > 0);
        let deadlines = busy.clone().filter_map(|link| {
            let since = link.board.running_since().unwrap_or(now);
            Some((since + self.task.limit?).saturating_sub(now))
        });
        // Behind the first item there may be answers on the stage.
        let ticks = busy.map(|link| if link.queue.items() > 1 { TICK } else { LOOK });
        patience.into_iter().chain(deadlines).chain(ticks).min()
    }
}

/// Rounded up, or the last millisecond before a deadline would be a busy loop.
pub(crate) fn to_timeout(limit: Option<Duration>) -> PollTimeout {
    limit.map_or(PollTimeout::NONE, |limit| {
        let millis = limit.as_nanos().div_ceil(1_000_000);
        i32::try_from(millis).unwrap_or(i32::MAX).try_into().unwrap_or(PollTimeout::MAX)
    })
}
