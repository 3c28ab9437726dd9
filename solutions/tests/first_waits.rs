//! Wrong answers to first_waits, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

#[path = "../../exercises/tests/checks/first_waits.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod first_waits {
        use nix::sys::wait::WaitStatus;
        use nix::unistd::Pid;

        pub(crate) fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
            (crate::CHOSEN.get().status_if_ended)(child)
        }

        pub(crate) fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
            (crate::CHOSEN.get().first_to_end)(children)
        }

        pub(crate) fn shell_number(status: WaitStatus) -> Option<i32> {
            (crate::CHOSEN.get().shell_number)(status)
        }
    }
}

struct Functions {
    status_if_ended: fn(Pid) -> nix::Result<Option<WaitStatus>>,
    first_to_end: fn(&[Pid]) -> nix::Result<WaitStatus>,
    shell_number: fn(WaitStatus) -> Option<i32>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            status_if_ended: $answer::status_if_ended,
            first_to_end: $answer::first_to_end,
            shell_number: $answer::shell_number,
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/first_waits.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
