//! Wrong answers to tiny_shell, each with the verdict that it must get, and right ones of another
//! design.

use std::io::{self, BufRead};
use std::process::ExitCode;

use solutions::command_line; // the answers' `crate::command_line`

#[path = "../../exercises/tests/checks/tiny_shell.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod tiny_shell {
        use std::io::{self, BufRead};

        pub(crate) fn tiny_shell(mut input: impl BufRead) -> io::Result<u8> {
            (crate::CHOSEN.get().tiny_shell)(&mut input)
        }
    }
}

struct Functions {
    tiny_shell: fn(&mut dyn BufRead) -> io::Result<u8>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { tiny_shell: |input| $answer::tiny_shell(input) }
    };
}

include!(concat!(env!("OUT_DIR"), "/tiny_shell.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
