//! What the dispatcher does when something ends: an item's time, a worker's life, the last hope.

use crate::dispatcher::Dispatcher;
use crate::error::{Cause, Error, Exit};
use crate::link::Link;
use crate::payload::Payload;
use crate::queue::Remains;
use crate::receive::receive;

/// How often in a row a worker may die in its initialiser before the pool gives up forking.
const INITIALISER_DEATHS: u32 = 3;

impl<A: Payload, R: Payload> Dispatcher<A, R> {
    /// Gives up the items that take too long, and their workers.
    pub(crate) fn enforce_limit(&mut self) {
        let Some(limit) = self.task.limit else { return };
        let now = self.task.start.elapsed();
        for link in &mut self.links {
            link.enforce(limit, now);
        }
    }

    /// Removes the workers that are dead, and does justice to what they had.
    pub(crate) fn bury(&mut self) {
        while let Some(index) = self.links.iter().position(|link| link.lost) {
            let mut link = self.links.swap_remove(index);
            let exit = link.reap();
            // Whatever it has sent or staged is not lost.
            while link.fill() {
                receive(&mut link, &mut self.pace);
            }
            link.peek();
            receive(&mut link, &mut self.pace);
            self.settle(link, exit);
        }
    }

    /// The item that the dead worker was at fails. What it had not begun goes to others.
    fn settle(&mut self, mut link: Link<R>, exit: Exit) {
        let Remains { begun, answered, waiting } = link.queue.dissolve(&link.board);
        if let Some(chunk) = begun.as_ref().filter(|chunk| answered < chunk.items) {
            let item = chunk.first + answered;
            let cause = self.cause_of_death(&link, exit);
            chunk.call.borrow_mut().put(item, Err(cause));
        }
        let rest = begun.and_then(|chunk| chunk.behind(answered + 1));
        let returned = std::mem::take(&mut link.returned);
        for chunk in rest.into_iter().chain(waiting).chain(returned).rev() {
            if !chunk.call.borrow().is_forgotten() {
                self.pending.push_front(chunk);
            }
        }
        if link.ready { self.initialiser_deaths = 0 } else { self.blame_initialiser(link, exit) }
    }

    fn cause_of_death(&self, link: &Link<R>, exit: Exit) -> Cause {
        match self.task.limit {
            Some(limit) if link.condemned => Cause::TimedOut { limit },
            _ => Cause::Died { pid: link.pid.as_raw().unsigned_abs(), exit },
        }
    }

    /// A worker has not become ready. No more are forked if that is bound to go on.
    fn blame_initialiser(&mut self, link: Link<R>, exit: Exit) {
        self.initialiser_deaths += 1;
        if link.refused.is_some() || self.initialiser_deaths == INITIALISER_DEATHS {
            let reason = link.refused.unwrap_or_else(|| format!("the worker {exit}"));
            self.broken = Some(Cause::Initialiser { reason });
        }
    }

    /// Nobody is left and nobody can be had: every pending item fails.
    pub(crate) fn give_up(&mut self, reason: Option<Error>) {
        let reason = reason.map_or_else(String::new, |error| error.to_string());
        for chunk in self.pending.drain(..) {
            let mut call = chunk.call.borrow_mut();
            for item in chunk.first..chunk.first + chunk.items {
                let cause = Cause::NoWorker { reason: reason.clone() };
                call.put(item, Err(cause));
            }
        }
    }
}
