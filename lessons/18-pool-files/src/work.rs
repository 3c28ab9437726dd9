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

/// What is known of a file, or why it is not known.
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
    // The file may also be more than its worker can bear: then the pool says how it died.
    let outcome = |result: Result<_, pool::Error>| {
        result.unwrap_or_else(|error| Err(format!("cannot be analysed: {}", error.cause())))
    };
    Ok(results.into_iter().map(outcome).collect())
}

/// As many workers as this process may use cores, but no more than the option takes.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get).min(64)
}
