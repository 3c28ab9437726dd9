//! Wrong answers to first_steps, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use nix::unistd::Pid;

#[path = "../../exercises/tests/checks/first_steps.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod first_steps {
        use nix::unistd::Pid;

        pub(crate) fn end_in_child(status: u8) -> nix::Result<Pid> {
            (crate::CHOSEN.get().end_in_child)(status)
        }

        pub(crate) fn status_of(child: Pid) -> nix::Result<Option<i32>> {
            (crate::CHOSEN.get().status_of)(child)
        }

        pub(crate) fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
            (crate::CHOSEN.get().answer_of_child)(Box::new(work))
        }

        pub(crate) fn two_at_once(
            first: impl FnOnce() -> u8,
            second: impl FnOnce() -> u8,
        ) -> nix::Result<[Option<i32>; 2]> {
            (crate::CHOSEN.get().two_at_once)(Box::new(first), Box::new(second))
        }
    }
}

type Work<'a> = Box<dyn FnOnce() -> u8 + 'a>;

struct Functions {
    end_in_child: fn(u8) -> nix::Result<Pid>,
    status_of: fn(Pid) -> nix::Result<Option<i32>>,
    answer_of_child: fn(Work) -> nix::Result<Option<i32>>,
    two_at_once: fn(Work, Work) -> nix::Result<[Option<i32>; 2]>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            end_in_child: $answer::end_in_child,
            status_of: $answer::status_of,
            answer_of_child: |work| $answer::answer_of_child(work),
            two_at_once: |first, second| $answer::two_at_once(first, second),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/first_steps.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
