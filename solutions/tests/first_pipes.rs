//! Wrong answers to first_pipes, each with the verdict that it must get, and right ones of another
//! design.

use std::io;
use std::process::ExitCode;

#[path = "../../exercises/tests/checks/first_pipes.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod first_pipes {
        use std::io;

        pub(crate) fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
            (crate::CHOSEN.get().number_from_child)(Box::new(work))
        }

        pub(crate) fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
            (crate::CHOSEN.get().text_from_child)(Box::new(work))
        }

        pub(crate) fn ask_child(
            question: &str,
            answer: impl FnOnce(&str) -> String,
        ) -> io::Result<String> {
            (crate::CHOSEN.get().ask_child)(question, Box::new(answer))
        }
    }
}

type Work<'a, T> = Box<dyn FnOnce() -> T + 'a>;
type Answering<'a> = Box<dyn FnOnce(&str) -> String + 'a>;

struct Functions {
    number_from_child: fn(Work<u64>) -> io::Result<u64>,
    text_from_child: fn(Work<String>) -> io::Result<String>,
    ask_child: fn(&str, Answering) -> io::Result<String>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            number_from_child: |work| $answer::number_from_child(work),
            text_from_child: |work| $answer::text_from_child(work),
            ask_child: |question, answer| $answer::ask_child(question, answer),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/first_pipes.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
