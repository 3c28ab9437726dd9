//! Wrong answers to pipeline, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use nix::sys::wait::WaitStatus;

#[path = "../../exercises/tests/checks/pipeline.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod pipeline {
        use nix::sys::wait::WaitStatus;

        pub(crate) fn run_pipeline(commands: &[&[&str]]) -> nix::Result<Vec<WaitStatus>> {
            (crate::CHOSEN.get().run_pipeline)(commands)
        }
    }
}

struct Functions {
    run_pipeline: fn(&[&[&str]]) -> nix::Result<Vec<WaitStatus>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { run_pipeline: $answer::run_pipeline }
    };
}

include!(concat!(env!("OUT_DIR"), "/pipeline.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
