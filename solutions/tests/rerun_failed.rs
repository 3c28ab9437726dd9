//! Wrong answers to rerun_failed, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use answers::rerun_failed::Outcome;

#[path = "../../exercises/tests/checks/rerun_failed.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod rerun_failed {
        use nix::sys::signal::Signal;

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Outcome {
            Succeeded { attempt: u32 },
            Failed { status: i32 },
            Killed { signal: Signal },
        }

        pub(crate) fn run_tasks(
            tasks: usize,
            at_once: usize,
            attempts: u32,
            work: impl Fn(usize, u32) -> u8,
        ) -> nix::Result<Vec<Outcome>> {
            (crate::CHOSEN.get().run_tasks)(tasks, at_once, attempts, &work)
        }
    }
}

type Work<'a> = &'a dyn Fn(usize, u32) -> u8;

struct Functions {
    run_tasks: fn(usize, usize, u32, Work) -> nix::Result<Vec<Outcome>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            run_tasks: |tasks, at_once, attempts, work| {
                let outcomes = $answer::run_tasks(tasks, at_once, attempts, work)?.into_iter();
                let outcome = |outcome| match outcome {
                    $answer::Outcome::Succeeded { attempt } => Outcome::Succeeded { attempt },
                    $answer::Outcome::Failed { status } => Outcome::Failed { status },
                    $answer::Outcome::Killed { signal } => Outcome::Killed { signal },
                };
                Ok(outcomes.map(outcome).collect())
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/rerun_failed.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
