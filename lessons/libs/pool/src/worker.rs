//! The worker: what runs in a forked process, from its first moment to its last.
//!
//! It takes chunks from the page, claims their items one by one, runs the function on each, answers on
//! the page, and ends when the parent closes the bell. It never returns into the parent's code.

use std::borrow::Cow;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use nix::unistd::Pid;

use crate::fences::Fences;
use crate::message::Message;
use crate::page::{Page, SharedPage};
use crate::panics;
use crate::payload::Payload;
use crate::process;
use crate::sys;
use crate::wire::{Gone, WorkerWires, replace_parent_ends};
use crate::worker_link::{Chunk, Item, Link, Next, PANICKED, Wakeup};

/// What the workers are for. The parent never runs it: it forks workers, and each has a copy.
pub(crate) struct Task<S, A, R, I, F, E>
where
    I: FnMut() -> Result<S, String>,
    F: FnMut(&mut S, A) -> R,
    E: FnMut(S),
{
    pub(crate) initialiser: I,
    pub(crate) function: F,
    pub(crate) finaliser: E,
    pub(crate) types: std::marker::PhantomData<fn(A) -> (S, R)>,
}

/// What a worker gets from its parent beside the task.
pub(crate) struct Ends {
    pub(crate) parent: Pid,
    pub(crate) wires: WorkerWires,
    pub(crate) page: SharedPage,
    pub(crate) fences: Fences,
    /// When the pool was made. Time since then means the same in all its processes.
    pub(crate) start: Instant,
    /// Whether items have a time limit, and so must say when they begin.
    pub(crate) timed: bool,
}

impl<S, A, R, I, F, E> Task<S, A, R, I, F, E>
where
    A: Payload,
    R: Payload,
    I: FnMut() -> Result<S, String>,
    F: FnMut(&mut S, A) -> R,
    E: FnMut(S),
{
    /// What a worker does, from the fork to its end.
    pub(crate) fn run(self, ends: Ends) -> ! {
        sys::die_with_parent(ends.parent);
        replace_parent_ends();
        let page: &'static Page = Box::leak(Box::new(ends.page));
        let _ = catch_unwind(|| panics::remember(page));
        let mut link = Link::new(page, ends.wires, ends.fences, ends.start, ends.timed);
        // Whatever happens, no panic may unwind into the frames copied from the parent. The sockets
        // stay open until the process ends: for the parent, end-of-file means just that.
        let code = match catch_unwind(AssertUnwindSafe(|| self.work(&mut link))) {
            Ok(Ok(code)) => code,
            Ok(Err(Gone::Parent)) => 0,
            Ok(Err(Gone::Socket)) => link.complain(),
            Err(_) => PANICKED,
        };
        // `_exit` flushes nothing, and what the worker has printed must not get lost.
        let _ = catch_unwind(|| io::stdout().flush());
        process::leave(code)
    }

    fn work(self, link: &mut Link) -> Result<i32, Gone> {
        // A worker that does not end regularly runs no destructors either.
        let mut task = ManuallyDrop::new(self);
        let outcome = catch_unwind(AssertUnwindSafe(|| (task.initialiser)()));
        link.end_here_if_forked();
        let mut state = match outcome {
            Ok(Ok(state)) => ManuallyDrop::new(state),
            Ok(Err(reason)) => return link.refuse(reason),
            Err(payload) => {
                let (message, place) = panics::describe(payload);
                return link.refuse(format!("panicked at {place}: {message}"));
            }
        };
        link.say(&Message::Ready)?;
        link.notify()?;
        loop {
            match link.next() {
                Next::Chunk(items) => task.chunk(&mut state, link, items)?,
                Next::Finish => break,
                Next::Nothing => {
                    link.send_rate()?;
                    if link.sleep()? == Wakeup::End {
                        break;
                    }
                }
            }
        }
        ManuallyDrop::into_inner(task).finish(ManuallyDrop::into_inner(state), link);
        Ok(0)
    }

    /// The last moments: the finaliser, and the destructors of what the worker owns.
    fn finish(mut self, state: S, link: &Link) {
        link.set_finishing();
        // One of them may panic, and the other still has its turn.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.finaliser)(state)));
        panics::drop_quietly(self);
    }

    /// Runs the items of one chunk, as far as they are this worker's.
    fn chunk(&mut self, state: &mut S, link: &mut Link, items: usize) -> Result<(), Gone> {
        let mut chunk = link.begin(items);
        loop {
            let run = AssertUnwindSafe(|| {
                while let Some(item) = link.next_item(&mut chunk)? {
                    self.item(state, link, &mut chunk, item)?;
                }
                Ok(())
            });
            match catch_unwind(run) {
                Ok(result) => {
                    result?;
                    return link.end(&chunk);
                }
                // The function has panicked, or its item or result while it was decoded, encoded or
                // dropped. Dropping the panic's value is part of the item's time, too.
                Err(payload) => {
                    let (message, place) = panics::describe(payload);
                    link.end_here_if_forked();
                    link.answer(&mut chunk, &Message::Panicked { message, place })?;
                }
            }
        }
    }

    /// Runs the function on one item, and answers.
    #[inline]
    fn item(
        &mut self,
        state: &mut S,
        link: &mut Link,
        chunk: &mut Chunk,
        item: Item,
    ) -> Result<(), Gone> {
        let item = match item {
            Item::Number(number) => A::from_number(number).ok_or_else(|| "a number".to_owned()),
            Item::Inline => A::decode(Cow::Borrowed(link.item_bytes())),
            Item::Large(bytes) => A::decode(Cow::Owned(bytes)),
            Item::NoMemory(length) => Err(format!("no memory for its {length} bytes")),
        };
        let item = match item {
            Ok(item) => item,
            Err(reason) => {
                let reason = format!("{reason} (as {})", std::any::type_name::<A>());
                return link.answer(chunk, &Message::NotDecoded(reason));
            }
        };
        let result = (self.function)(state, item);
        link.end_here_if_forked();
        match result.to_number() {
            Some(number) => link.number(chunk, number),
            None => link.value(chunk, result),
        }
    }
}
