//! Wrong answers to predict, each with the verdict that it must get, and right ones of another
//! form. (There is one right set for each program, so right answers differ in how it is written.)

use std::process::ExitCode;

#[path = "../../exercises/tests/checks/predict.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod predict {
        pub(crate) fn one_child() -> Vec<&'static str> {
            (crate::CHOSEN.get().one_child)()
        }

        pub(crate) fn one_wait() -> Vec<&'static str> {
            (crate::CHOSEN.get().one_wait)()
        }

        pub(crate) fn a_loop() -> Vec<&'static str> {
            (crate::CHOSEN.get().a_loop)()
        }

        pub(crate) fn text_in_a_buffer() -> Vec<&'static str> {
            (crate::CHOSEN.get().text_in_a_buffer)()
        }

        pub(crate) fn a_grandchild() -> Vec<&'static str> {
            (crate::CHOSEN.get().a_grandchild)()
        }

        pub(crate) fn a_child_goes_on() -> Vec<&'static str> {
            (crate::CHOSEN.get().a_child_goes_on)()
        }
    }
}

struct Functions {
    one_child: fn() -> Vec<&'static str>,
    one_wait: fn() -> Vec<&'static str>,
    a_loop: fn() -> Vec<&'static str>,
    text_in_a_buffer: fn() -> Vec<&'static str>,
    a_grandchild: fn() -> Vec<&'static str>,
    a_child_goes_on: fn() -> Vec<&'static str>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            one_child: $answer::one_child,
            one_wait: $answer::one_wait,
            a_loop: $answer::a_loop,
            text_in_a_buffer: $answer::text_in_a_buffer,
            a_grandchild: $answer::a_grandchild,
            a_child_goes_on: $answer::a_child_goes_on,
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/predict.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
