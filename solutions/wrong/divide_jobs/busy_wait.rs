//! Asks again and again, without a pause, whether a child has ended.
//!
//! base: borders_by_multiplication
//! verdict: busy wait
//! check: any

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork};

pub fn batches<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let count = count.min(items.len());
    let border = |number: usize| (items.len() as u128 * number as u128 / count as u128) as usize;
    (0..count).map(|number| &items[border(number)..border(number + 1)]).collect()
}

pub fn work_in_children<T>(
    items: &[T],
    count: usize,
    work: impl Fn(&[T]) -> u8,
) -> nix::Result<Vec<WaitStatus>> {
    let batches = batches(items, count);
    let mut places: HashMap<Pid, usize> = HashMap::new();
    let mut failed = Ok(());
    for (place, batch) in batches.iter().enumerate() {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Err(error) => {
                failed = Err(error);
                break;
            }
            Ok(ForkResult::Child) => {
                exit(catch_unwind(AssertUnwindSafe(|| work(batch))).unwrap_or(101).into())
            }
            Ok(ForkResult::Parent { child }) => _ = places.insert(child, place),
        }
    }
    let mut statuses = vec![WaitStatus::StillAlive; batches.len()];
    while !places.is_empty() {
        let status = nix::sys::wait::waitpid(None, Some(nix::sys::wait::WaitPidFlag::WNOHANG))?;
        if let Some(place) = status.pid().and_then(|pid| places.remove(&pid)) {
            statuses[place] = status;
        }
    }
    failed.map(|()| statuses)
}
