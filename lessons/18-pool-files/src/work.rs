//! The pool: one item for each file.

use std::num::NonZeroUsize;
use std::path::Path;
use std::thread::available_parallelism;

use filecount::files::Source;
use lesson_cli::Failure;
use pool::Pool;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bar;

/// What is known about a file, or why nothing is known.
pub(crate) type Outcome<R> = Result<R, String>;

/// The outcome of `analyse` for each source, in the order of the sources.
pub(crate) fn in_pool<R: Serialize + DeserializeOwned + 'static>(
    sources: &[Source],
    workers: usize,
    analyse: fn(&Path) -> Outcome<R>,
) -> Result<Vec<Outcome<R>>, Failure> {
    let bar = bar::of(sources.len());
    let inherited = sources.to_vec();
    let pool = Pool::builder()
        .workers(workers.min(sources.len()).max(1))
        .on_progress(bar::follow(&bar))
        .build(move |index: usize| {
            let Source { path, unreadable } = &inherited[index];
            unreadable.clone().map_or_else(|| analyse(path), Err)
        })
        .map_err(|error| Failure::system("the pool", error))?;

    let results = pool.map_all(0..sources.len());
    bar.finish_and_clear();
    // A file may also kill its worker; then the pool reports how the worker died.
    let outcome = |result: Result<_, pool::Error>| {
        result.unwrap_or_else(|error| Err(format!("cannot be analysed: {}", error.cause())))
    };
    Ok(results.into_iter().map(outcome).collect())
}

/// One worker for each core that this process may use, up to the option's maximum.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get).min(64)
}
