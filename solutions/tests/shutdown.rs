//! Wrong answers to shutdown, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use answers::shutdown::Report;

#[path = "../../exercises/tests/checks/shutdown.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod shutdown {
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub(crate) struct Report {
            pub(crate) done: Vec<usize>,
            pub(crate) not_done: Vec<usize>,
        }

        pub(crate) fn process_until_told(
            items: usize,
            at_once: usize,
            work: impl Fn(usize) -> u8,
        ) -> nix::Result<Report> {
            (crate::CHOSEN.get().process_until_told)(items, at_once, &work)
        }
    }
}

type Work<'a> = &'a dyn Fn(usize) -> u8;

struct Functions {
    process_until_told: fn(usize, usize, Work) -> nix::Result<Report>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            process_until_told: |items, at_once, work| {
                let report = $answer::process_until_told(items, at_once, work)?;
                Ok(Report { done: report.done, not_done: report.not_done })
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/shutdown.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
