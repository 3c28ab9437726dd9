//! Wrong answers to fork_basics, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use nix::sys::wait::WaitStatus;

#[path = "../../exercises/tests/checks/fork_basics.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod fork_basics {
        use nix::sys::wait::WaitStatus;

        pub(crate) fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
            (crate::CHOSEN.get().run_in_child)(Box::new(work))
        }
    }
}

struct Functions {
    run_in_child: fn(Box<dyn FnOnce() -> u8 + '_>) -> nix::Result<WaitStatus>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { run_in_child: |work| $answer::run_in_child(work) }
    };
}

include!(concat!(env!("OUT_DIR"), "/fork_basics.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
