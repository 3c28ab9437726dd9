//! Wrong answers to shared_queue, each with the verdict that it must get, and right ones of another
//! design.

use std::io;
use std::process::ExitCode;

use answers::shared_queue::Outcome;

#[path = "../../exercises/tests/checks/shared_queue.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod shared_queue {
        use std::io;

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Outcome {
            Done(u64),
            Lost,
        }

        pub(crate) fn run_queue(
            items: usize,
            workers: usize,
            work: impl Fn(usize) -> u64,
        ) -> io::Result<Vec<Outcome>> {
            (crate::CHOSEN.get().run_queue)(items, workers, &work)
        }
    }
}

/// The learner's work on an item.
type Work<'a> = &'a dyn Fn(usize) -> u64;

struct Functions {
    run_queue: fn(usize, usize, Work<'_>) -> io::Result<Vec<Outcome>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            run_queue: |items, workers, work| {
                let outcome = |outcome| match outcome {
                    $answer::Outcome::Done(value) => Outcome::Done(value),
                    $answer::Outcome::Lost => Outcome::Lost,
                };
                let outcomes = $answer::run_queue(items, workers, work)?;
                Ok(outcomes.into_iter().map(outcome).collect())
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/shared_queue.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
