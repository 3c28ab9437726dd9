//! Wrong answers to fork_random, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::io;

use answers::fork_random::Numbers;

#[path = "../../exercises/tests/checks/fork_random.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod fork_random {
        use std::io;

        pub(crate) type Numbers = [u64; 4];

        pub(crate) fn independent(children: usize) -> io::Result<Vec<Numbers>> {
            (crate::CHOSEN.get().independent)(children)
        }

        pub(crate) fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
            (crate::CHOSEN.get().repeatable)(children, seed)
        }
    }
}

struct Functions {
    independent: fn(usize) -> io::Result<Vec<Numbers>>,
    repeatable: fn(usize, u64) -> io::Result<Vec<Numbers>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { independent: $answer::independent, repeatable: $answer::repeatable }
    };
}

include!(concat!(env!("OUT_DIR"), "/fork_random.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
