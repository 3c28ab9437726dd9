//! Lost updates: two processes read the same number, and both write it back with 1 added.

use std::sync::atomic::{AtomicU32, Ordering};

use lesson_cli::{Failure, say};

use crate::children::in_children;
use crate::shared::Shared;

const CHILDREN: u32 = 4;
const ADDITIONS: u32 = 1_000_000;

pub(crate) fn show() -> Result<(), Failure> {
    say!("LOST: four children add 1 to a shared counter, 1,000,000 times each");
    say!("HAZARD load, then store:  {}", count_by(load_and_store)?);
    let one_step = |number: &AtomicU32| {
        number.fetch_add(1, Ordering::Relaxed);
    };
    say!("fetch_add, one step:      {}", count_by(one_step)?);
    Ok(())
}

/// HAZARD: another process may add between the load and the store. Its addition is overwritten.
fn load_and_store(number: &AtomicU32) {
    let before = number.load(Ordering::Relaxed);
    number.store(before + 1, Ordering::Relaxed);
}

/// Lets the children add at the same time, and describes the result.
fn count_by(add: impl Fn(&AtomicU32)) -> Result<String, Failure> {
    let number = Shared::new()?;
    in_children(CHILDREN, |_| {
        for _ in 0..ADDITIONS {
            add(&number);
        }
    })?;
    let (counted, made) = (number.load(Ordering::Relaxed), CHILDREN * ADDITIONS);
    Ok(format!("{counted} of {made}, {} lost", made - counted))
}
