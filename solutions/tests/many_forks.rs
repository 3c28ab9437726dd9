//! Wrong answers to many_forks, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use nix::sys::wait::WaitStatus;

#[path = "../../exercises/tests/checks/many_forks.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod many_forks {
        use nix::sys::wait::WaitStatus;

        pub(crate) fn run_children(
            count: usize,
            work: impl Fn(usize) -> u8,
        ) -> nix::Result<Vec<(usize, WaitStatus)>> {
            (crate::CHOSEN.get().run_children)(count, &work)
        }
    }
}

type Ended = nix::Result<Vec<(usize, WaitStatus)>>;

struct Functions {
    run_children: fn(usize, &dyn Fn(usize) -> u8) -> Ended,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { run_children: |count, work| $answer::run_children(count, work) }
    };
}

include!(concat!(env!("OUT_DIR"), "/many_forks.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
