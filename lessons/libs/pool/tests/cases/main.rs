//! The pool's tests. Each case runs in a process of its own, which has one thread and so may
//! fork; afterwards nothing of it may be left.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod alone;
mod asynchronous;
mod encoding;
mod failures;
mod initialisers;
mod iterators;
mod kinds;
mod large;
mod map;
mod options;
mod orphans;
#[cfg(target_os = "linux")]
mod refused;
mod sharing;
mod tally;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// What a process of its own does, by name. A panic is a failure.
type Case = (&'static str, fn());

fn main() -> ExitCode {
    let cases = [
        map::CASES,
        iterators::CASES,
        asynchronous::CASES,
        options::CASES,
        failures::CASES,
        encoding::CASES,
        initialisers::CASES,
        large::CASES,
        sharing::CASES,
        kinds::silence::CASES,
        kinds::program_panics::CASES,
        kinds::slow_input::CASES,
        kinds::threads::CASES,
        kinds::descriptors::CASES,
        kinds::wrong_process::CASES,
        kinds::edges::CASES,
        kinds::first_call::CASES,
        kinds::left_behind::CASES,
        #[cfg(target_os = "linux")]
        refused::CASES,
    ];
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some(alone::FLAG) {
        let name = args.next().unwrap_or_default();
        let all = cases.iter().copied().flatten().chain(orphans::PARENTS);
        let (_, case) = all.into_iter().find(|case| case.0 == name).expect("a case's name");
        return alone::run(*case);
    }
    let plain = cases
        .into_iter()
        .flatten()
        .map(|&(name, _)| Trial::test(name, move || Ok(alone::Process::start(name).finish()?)));
    let watched =
        orphans::TRIALS.iter().map(|&(name, trial)| Trial::test(name, move || Ok(trial()?)));
    let mut arguments = Arguments::from_args();
    // A case is a process of its own, and waits for three quarters of its time.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(4 * processors);
    libtest_mimic::run(&arguments, plain.chain(watched).collect()).exit_code()
}
