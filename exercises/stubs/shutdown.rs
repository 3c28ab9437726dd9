//! # shutdown: finish what was begun
//!
//! `process_until_told(items, at_once, work)` processes the items 0 to `items - 1`, which begin in
//! this order. Each item has a child of its own, which calls `work(item)` and exits with the status
//! that `work` returns, or with 101 if `work` panics. At most `at_once` children run at the same
//! time, and no fewer than that while there are enough items.
//!
//! When SIGTERM arrives, begin no further items, but let the items in progress finish. The function
//! then returns which items are done and which are not.
//!
//! * An item is done if its child ended with status 0. An item that failed or was killed is not
//!   done, but continue with the other items.
//! * SIGTERM may be sent to the children too, as it is when it is sent to a whole process group.
//!   They finish their items nevertheless.
//! * A second SIGTERM ends the children at once, with SIGKILL. Their items are not done.
//! * When the function returns, no child is left, and this process treats its signals in the same
//!   way as before the call.
//! * A SIGTERM that arrives before the function returns is meant for the function, even if all
//!   items are done by then.
//! * The caller may have other children. Do not wait for them, and do not kill them.
//! * If a fork fails, begin no further items, wait for the children that are running, and return
//!   the error. A second SIGTERM ends the children meanwhile too.
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

/// Processes all items, or stops early when SIGTERM arrives.
///
/// # Errors
///
/// Fails if a child cannot be forked.
pub fn process_until_told(
    items: usize,
    at_once: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Report> {
    todo!("process {items} items, {at_once} at once, until SIGTERM arrives")
}
