//! Wrong answers to divide_jobs, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use nix::sys::wait::WaitStatus;
use tools::erased::Place;

#[path = "../../exercises/tests/checks/divide_jobs.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod divide_jobs {
        use nix::sys::wait::WaitStatus;

        use crate::CHOSEN;
        use crate::tools::erased::{places, units};

        pub(crate) fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
            if let Some(units) = units(items) {
                let batches = (CHOSEN.get().batches_of_units)(&units, count);
                return batches.into_iter().map(|batch| &items[..batch.len()]).collect();
            }
            let places = places(items);
            let batches = (CHOSEN.get().batches)(&places, count);
            let start = |batch: &[usize]| batch.first().copied().unwrap_or_default();
            batches.into_iter().map(|batch| &items[start(batch)..][..batch.len()]).collect()
        }

        pub(crate) fn work_in_children<T>(
            items: &[T],
            count: usize,
            work: impl Fn(&[T]) -> u8,
        ) -> nix::Result<Vec<WaitStatus>> {
            if let Some(units) = units(items) {
                let work = |batch: &[()]| work(&items[..batch.len()]);
                return (CHOSEN.get().work_on_units)(&units, count, &work);
            }
            let start = |batch: &[usize]| batch.first().copied().unwrap_or_default();
            let work = |batch: &[usize]| work(&items[start(batch)..][..batch.len()]);
            (CHOSEN.get().work_in_children)(&places(items), count, &work)
        }
    }
}

type Work<'a, T> = &'a dyn Fn(&[T]) -> u8;
type Statuses = nix::Result<Vec<WaitStatus>>;

struct Functions {
    batches: for<'a> fn(&'a [Place], usize) -> Vec<&'a [Place]>,
    batches_of_units: for<'a> fn(&'a [()], usize) -> Vec<&'a [()]>,
    work_in_children: fn(&[Place], usize, Work<Place>) -> Statuses,
    work_on_units: fn(&[()], usize, Work<()>) -> Statuses,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            batches: |items, count| $answer::batches(items, count),
            batches_of_units: |items, count| $answer::batches(items, count),
            work_in_children: |items, count, work| $answer::work_in_children(items, count, work),
            work_on_units: |items, count, work| $answer::work_in_children(items, count, work),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/divide_jobs.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
