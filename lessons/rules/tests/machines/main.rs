//! Every program of the workbook on every kind of machine: without colours, without a home, with
//! few descriptors, under a parent that ignores signals, and so on. In each of these set-ups a
//! program works as it does elsewhere, or says what it lacks; it never hangs, panics, is ended by
//! a signal, or leaves a process behind.
//!
//! ```text
//! cargo test -p lesson-rules --test machines                   all of them
//! cargo test -p lesson-rules --test machines few_descriptors   one set-up
//! cargo test -p lesson-rules --test machines lesson-pool       one program
//! ```
//!
//! This program is also what makes a set-up: `machines --in SETUP PROGRAM ARGUMENTS…` changes its
//! own process, which has one thread, and becomes the program. So nothing runs between a fork and
//! an exec in a process with threads.

mod become_program;
mod judge;
mod programs;
mod setup;
mod sys;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::judge::judge;
use crate::programs::Program;
use crate::setup::Setup;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == become_program::FLAG) {
        return become_program::become_program(arguments.collect());
    }
    let sample = programs::sample();
    let mut trials = Vec::new();
    for program in programs::all(sample.path()) {
        trials.extend(Setup::ALL.iter().map(|&setup| trial(program.clone(), setup)));
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert_with(testkit::programs_at_a_time);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(program: Program, setup: Setup) -> Trial {
    Trial::test(format!("{}::{}", setup.name(), program.name), move || {
        judge(&program, setup).map_err(Into::into)
    })
}
