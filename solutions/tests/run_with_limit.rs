//! Wrong answers to run_with_limit, each with the verdict that it must get, and right ones of
//! another design.

use std::process::ExitCode;

use answers::run_with_limit::Outcome;

#[path = "../../exercises/tests/checks/run_with_limit.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod run_with_limit {
        use std::io;
        use std::time::Duration;

        use nix::sys::wait::WaitStatus;

        pub(crate) const GRACE: Duration = Duration::from_millis(500);

        pub(crate) struct Outcome {
            pub(crate) status: WaitStatus,
            pub(crate) timed_out: bool,
        }

        pub(crate) fn run_with_limit(command: &[&str], limit: Duration) -> io::Result<Outcome> {
            (crate::CHOSEN.get().run_with_limit)(command, limit)
        }
    }
}

struct Functions {
    run_with_limit: fn(&[&str], std::time::Duration) -> std::io::Result<Outcome>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            run_with_limit: |command, limit| {
                let outcome = $answer::run_with_limit(command, limit)?;
                Ok(Outcome { status: outcome.status, timed_out: outcome.timed_out })
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/run_with_limit.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
