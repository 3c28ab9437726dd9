//! The workers, which all log in the same way.

use std::collections::BTreeMap;
use std::io;

use lesson_cli::Failure;
use pool::Pool;

use crate::logger::{self, Sink};
use crate::work::work_on;

/// How many lines each worker says it has written, by its PID.
pub(crate) type Written = BTreeMap<u32, u32>;

/// An item's result: the worker's PID and how many lines it has logged, or why it could not.
pub(crate) type Done = Result<(u32, u32), String>;

/// How many workers there are, and how many items for them.
pub(crate) struct Team {
    pub(crate) workers: usize,
    pub(crate) items: u32,
}

impl Team {
    /// Forks the workers. Each calls `open` once, before its first item, to get its own sink.
    pub(crate) fn fork(
        &self,
        mut open: impl FnMut() -> io::Result<Sink> + 'static,
    ) -> Result<Pool<'static, u32, Done>, Failure> {
        let builder = Pool::builder().workers(self.workers);
        let builder = builder.initialiser(move || open().map(logger::open));
        builder.build(work_on).map_err(|error| Failure::system("the pool", error))
    }

    /// Forks the workers and lets them do all items.
    pub(crate) fn run(
        &self,
        open: impl FnMut() -> io::Result<Sink> + 'static,
    ) -> Result<Written, Failure> {
        sum_up(
            &self
                .fork(open)?
                .map(0..self.items)
                .map_err(|error| Failure::system("the pool", error))?,
        )
    }
}

/// The last result of each worker.
pub(crate) fn sum_up(done: &[Done]) -> Result<Written, Failure> {
    let mut written = Written::new();
    for done in done {
        let (pid, lines) = done.as_ref().map_err(|why| Failure::Other(why.clone()))?;
        let last = written.entry(*pid).or_default();
        *last = (*lines).max(*last);
    }
    Ok(written)
}
