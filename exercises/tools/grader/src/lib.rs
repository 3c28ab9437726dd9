//! Runs each check of an exercise in a process of its own, and says in plain words what went
//! wrong.
//!
//! A check that forks needs more than `#[test]`: a child that returns from the function would go
//! on as a second test runner, an assertion that fails in it would be reported as "ok", and a
//! forgotten wait would hang for ever. So there are four kinds of processes, all of them the same
//! test binary, and each has a folder here or, for init, a file:
//!
//! ```text
//! cargo test ─► harness            chooses the checks, prints the verdicts; has threads, never forks
//!                 └─► supervisor   one for each check: sets limits, watches, kills what is left
//!                       └─► init   starts the test process, adopts orphans; process 1 of a namespace
//!                             └─► test process   the learner's function, with nothing else in it
//! ```
//!
//! | folder | what is in it |
//! |---|---|
//! | `harness/` | arguments, runner, trial, reporter; `report`, which other programs read |
//! | `supervisor/` | watching, process limiter, deadlock detector, process tree; `init` |
//! | `case/` | the test process: hooks of the C library's functions, containment |
//! | `judge/` | from what was seen to a verdict, and to a timeline |
//! | `search/` | a check in every order: the process that tries them, and an order in plain words |
//! | `shared/` | the log that the processes of a case write, its events, the verdict, the faults |
//! | `sys/` | what only Linux has, and the same functions for other systems; the fork notifier |
//!
//! A suite is the list of an exercise's checks, and a test target with `harness = false` hands
//! all suites to [`main`]:
//!
//! ```no_run
//! use grader::{Suite, check};
//!
//! fn suite() -> Suite {
//!     Suite::new("sums", [check!(two_and_two).forks(0).see("sums.md#two")])
//! }
//!
//! fn two_and_two() {
//!     assert_eq!(2 + 2, 4, "the sum of 2 and 2"); // first what came, then what is wanted
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     grader::main([suite()])
//! }
//! ```
//!
//! On anything but Linux there are fewer guards, of the functions in which a check can [plant] a
//! fault there are `fork`, `waitpid`, `kill` and `exit` only, and PIDs are not frozen; the harness
//! says so.

mod case;
mod check;
mod harness;
mod judge;
pub mod plant;
mod search;
mod shared;
mod supervisor;
mod sys;

pub use case::ends::exit_statuses;
#[cfg(target_os = "linux")]
pub use case::hooks::{Frozen, HeldUp, freeze_identity, hold_up_threads};
pub use case::own::{Helper, Stranger, declare_helper, note_taken, own_pipe};
pub use case::snapshot::{baseline, caller_blocks, changes_in_child};
pub use check::{Check, Suite, panic_on_purpose};
pub use harness::{WrongAnswer, main, main_for_wrong_answers, report};
pub use shared::calls::{CallCounts, Calls};
pub use shared::fault::Fault;
pub use shared::searched::Searched;
pub use shared::text::count;
pub use shared::verdict::{Finding, Verdict};
#[cfg(not(target_os = "linux"))]
pub use sys::{Frozen, HeldUp, freeze_identity, hold_up_threads};

use case::containment;

/// What keeps a check from doing harm here, beside its limits. To be called by a process with one
/// thread.
pub fn guards() -> [Guard; 3] {
    [
        Guard {
            name: "PID namespace",
            does: "no process of a check can signal one outside, and all end with the first",
            missing: containment::try_namespace().err(),
        },
        Guard {
            name: "fork notifier",
            does: "every new process needs permission, so a fork bomb is stopped",
            missing: containment::try_notifier().err(),
        },
        Guard {
            name: "own /proc",
            does: "no process of a check can see one outside, or open its files",
            missing: containment::try_own_proc().err(),
        },
    ]
}

/// The sections of the book that the advice on a hang or on children that were left names, as in
/// `waitpid.md#any-child`; those of faults are [`Fault::section`].
pub fn sections() -> impl Iterator<Item = &'static str> {
    let of_children = judge::CHILDREN_SECTIONS;
    supervisor::ALL_ADVICE.iter().filter_map(|advice| advice.see).chain(of_children)
}

/// One of the [`guards`].
#[derive(Clone, Debug)]
pub struct Guard {
    /// What it is called.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Why it cannot be had here, if it cannot.
    pub missing: Option<String>,
}
