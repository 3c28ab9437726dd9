//! Wrong answers to first_measures, each with the verdict that it must get, and right ones of another
//! design.

use std::io;
use std::process::ExitCode;

use answers::first_measures::Cost;
use nix::unistd::Pid;

#[path = "../../exercises/tests/checks/first_measures.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod first_measures {
        use std::io;
        use std::time::Duration;

        use nix::unistd::Pid;

        pub(crate) struct Cost {
            pub(crate) wall: Duration,
            pub(crate) processor: Duration,
        }

        pub(crate) fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
            (crate::CHOSEN.get().cost_of)(Box::new(work))
        }

        pub(crate) fn state_of(process: Pid) -> io::Result<char> {
            (crate::CHOSEN.get().state_of)(process)
        }

        pub(crate) fn living_children(parent: Pid) -> io::Result<usize> {
            (crate::CHOSEN.get().living_children)(parent)
        }
    }
}

struct Functions {
    cost_of: fn(Box<dyn FnOnce() + '_>) -> nix::Result<Cost>,
    state_of: fn(Pid) -> io::Result<char>,
    living_children: fn(Pid) -> io::Result<usize>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            cost_of: |work| {
                let $answer::Cost { wall, processor } = $answer::cost_of(work)?;
                Ok(Cost { wall, processor })
            },
            state_of: $answer::state_of,
            living_children: $answer::living_children,
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/first_measures.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
