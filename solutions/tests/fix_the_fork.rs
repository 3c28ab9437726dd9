//! Wrong answers to fix_the_fork, each with the verdict that it must get, and right ones of another
//! design.

use std::io;
use std::path::Path;
use std::process::ExitCode;

#[path = "../../exercises/tests/checks/fix_the_fork.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod fix_the_fork {
        use std::io;
        use std::path::Path;

        pub(crate) fn add_in_child(
            folder: &Path,
            numbers: &[u64],
            add: impl FnOnce(&[u64]) -> u64,
        ) -> io::Result<Vec<String>> {
            (crate::CHOSEN.get().add_in_child)(folder, numbers, Box::new(add))
        }
    }
}

type Add<'a> = Box<dyn FnOnce(&[u64]) -> u64 + 'a>;

struct Functions {
    add_in_child: fn(&Path, &[u64], Add) -> io::Result<Vec<String>>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            add_in_child: |folder, numbers, add| $answer::add_in_child(folder, numbers, add),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/fix_the_fork.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
