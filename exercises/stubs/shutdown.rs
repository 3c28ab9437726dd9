//! # shutdown: finish what was begun
//!
//! `process_until_told(items, at_once, work)` works on the items 0 to `items - 1`, begun in this
//! order, each in a child of its own that calls `work(item)` and ends with what it returns (with 101
//! if the work panics). At most `at_once` children run at the same time, and as many as that while
//! there are items.
//!
//! When SIGTERM arrives, no further item is begun. Those that were begun come to their end, and the
//! function returns which items are done and which are not.
//!
//! * An item is done if its child ended with status 0. An item that failed or was killed is not
//!   done, and the others go on.
//! * SIGTERM may be sent to the children too, as to a whole process group. They finish their item
//!   all the same.
//! * A second SIGTERM ends the children at once, with SIGKILL. Their items are not done.
//! * When the function returns, no child is left, and what this process does about its signals is
//!   as it was before.
//! * The caller may have other children, which are not yours to wait for or to kill.
//! * If a fork fails, begin no more items, wait for those that run, and return the error.
//! * The process sleeps while it waits.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::signal::{kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Which items are done and which are not, each list in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub done: Vec<usize>,
    pub not_done: Vec<usize>,
}

/// Works on all items, or until SIGTERM arrives.
///
/// # Errors
///
/// If a child cannot be forked.
pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    todo!("work on {items} items, {at_once} at once, until SIGTERM arrives")
}
