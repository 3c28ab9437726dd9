//! The search, on systems that cannot hold a process at its system calls: it says so.

use std::ffi::OsString;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::error::Error;
use crate::faults::Faults;
use crate::order::Order;
use crate::outcome::Outcome;
use crate::program::{Command, Place};
use crate::report::Report;
use crate::step::Step;

/// A search that cannot be made on this system.
pub struct Search<'a>(PhantomData<&'a ()>);

/// One run in a given order.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The steps that were taken.
    pub steps: Vec<Step>,
    /// How it ended.
    pub outcome: Outcome,
}

fn unsupported<T>() -> Result<T, Error> {
    let why = "running a program in every order needs Linux: it holds processes at their system \
               calls with seccomp user notification, and this system has nothing like it";
    Err(Error::Unsupported(why.to_owned()))
}

#[expect(missing_docs, reason = "the same as in search/mod.rs")]
#[expect(clippy::missing_errors_doc, reason = "the same as in search/mod.rs")]
impl<'a> Search<'a> {
    pub fn command(words: Vec<OsString>, place: Place) -> Result<Self, Error> {
        Command::find(words, place).map(|_| Search(PhantomData))
    }

    pub fn function(_function: impl Fn() -> i32 + 'a) -> Self {
        Search(PhantomData)
    }

    #[must_use]
    pub fn in_own_folder(self) -> Self {
        self
    }

    #[must_use]
    pub fn faults(self, _faults: Faults) -> Self {
        self
    }

    #[must_use]
    pub fn most_runs(self, _runs: usize) -> Self {
        self
    }

    #[must_use]
    pub fn most_time(self, _time: Duration) -> Self {
        self
    }

    #[must_use]
    pub fn most_steps(self, _steps: usize) -> Self {
        self
    }

    #[must_use]
    pub fn without_reduction(self) -> Self {
        self
    }

    #[must_use]
    pub fn random(self, _seed: u64) -> Self {
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn blind_to(self, _object: &'static str) -> Self {
        self
    }

    #[must_use]
    pub fn workers(self, _workers: usize) -> Self {
        self
    }

    #[must_use]
    pub fn first(self, _order: Order) -> Self {
        self
    }

    pub fn run(
        &self,
        _each: impl FnMut(&Report, &Outcome) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        unsupported()
    }

    pub fn run_with_steps(
        &self,
        _each: impl FnMut(&Report, &Outcome, &[Step]) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        unsupported()
    }

    pub fn replay(&self, _order: &Order) -> Result<Replay, Error> {
        unsupported()
    }
}
