//! Wrong answers to wait_status, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::time::Duration;

use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

#[path = "../../exercises/tests/checks/wait_status.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod wait_status {
        use std::time::Duration;

        use nix::sys::wait::WaitStatus;
        use nix::unistd::Pid;

        pub(crate) fn in_words(status: WaitStatus) -> String {
            (crate::CHOSEN.get().in_words)(status)
        }

        pub(crate) fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
            (crate::CHOSEN.get().wait_for)(child)
        }

        pub(crate) fn wait_at_most(child: Pid, limit: Duration) -> nix::Result<Option<WaitStatus>> {
            (crate::CHOSEN.get().wait_at_most)(child, limit)
        }
    }
}

struct Functions {
    in_words: fn(WaitStatus) -> String,
    wait_for: fn(Pid) -> nix::Result<WaitStatus>,
    wait_at_most: fn(Pid, Duration) -> nix::Result<Option<WaitStatus>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            in_words: $answer::in_words,
            wait_for: $answer::wait_for,
            wait_at_most: $answer::wait_at_most,
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/wait_status.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
