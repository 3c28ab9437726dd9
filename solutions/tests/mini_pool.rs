//! Wrong answers to mini_pool, each with the verdict that it must get, and right ones of another
//! design.

use std::io;
use std::process::ExitCode;

#[path = "../../exercises/tests/checks/mini_pool.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod mini_pool {
        use std::io;

        use crate::tools::erased::places;

        pub(crate) fn mini_pool<T>(
            workers: usize,
            items: &[T],
            work: impl Fn(&T) -> u64,
        ) -> io::Result<Vec<u64>> {
            let work = |place: &usize| work(&items[*place]);
            (crate::CHOSEN.get().mini_pool)(workers, &places(items), &work)
        }
    }
}

type Work<'a> = &'a dyn Fn(&usize) -> u64;

struct Functions {
    mini_pool: fn(usize, &[usize], Work) -> io::Result<Vec<u64>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { mini_pool: |workers, items, work| $answer::mini_pool(workers, items, work) }
    };
}

include!(concat!(env!("OUT_DIR"), "/mini_pool.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
