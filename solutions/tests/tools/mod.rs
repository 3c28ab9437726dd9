//! Checks many answers to one exercise with one copy of its suite.
//!
//! A suite calls `answers::EXERCISE::FUNCTION`. Here that is a stand-in, which passes the call on
//! to the answer that the process is about. The suite is therefore compiled once for an exercise,
//! not once for an answer, and an answer's functions once, with the types in [`erased`]. (The
//! references in `src` are checked without stand-ins, by `tests/checks.rs`.)
#![allow(dead_code, clippy::allow_attributes, reason = "no exercise uses all of it")]

pub(crate) mod erased;

use std::process::ExitCode;
use std::sync::OnceLock;

/// One of the answers to an exercise, wrong or right.
pub(crate) struct Answer<Functions> {
    pub(crate) answer: grader::WrongAnswer,
    pub(crate) functions: Functions,
}

/// The functions of the answer that this process is about.
pub(crate) struct Chosen<Functions: 'static>(OnceLock<&'static Functions>);

impl<Functions> Chosen<Functions> {
    pub(crate) const fn new() -> Self {
        Chosen(OnceLock::new())
    }

    /// # Panics
    ///
    /// This process is not about an answer: a suite runs outside a check.
    pub(crate) fn get(&self) -> &'static Functions {
        self.0.get().expect("BUG: only a check calls the answer, and it is about one")
    }

    /// The `main` of a test target: all `answers` get the verdict that they are filed under.
    pub(crate) fn main(&self, answers: &'static [Answer<Functions>]) -> ExitCode {
        let listed: Vec<grader::WrongAnswer> =
            answers.iter().map(|answer| answer.answer.clone()).collect();
        grader::main_for_wrong_answers(&listed, |index| {
            let _ = self.0.set(&answers[index].functions);
        })
    }
}
