//! # fork_basics: work in a child
//!
//! Write a function that runs a piece of work in a child process and tells the parent how the child
//! ended.
//!
//! * The child calls `work` and ends with the number that it returns. It must not go on into the
//!   code that called your function.
//! * The parent waits for this child, and returns its status: `WaitStatus::Exited` with the number
//!   from 0 to 255 that the work returned; or, if a signal ended the child, `WaitStatus::Signaled`.
//!   That is what nix's `waitpid` gives you. Nothing needs to be made up.
//! * If `work` panics, the child ends with status 101, as a Rust program does. The panic must not
//!   climb out of your function into the child's copy of the caller's code.
//! * If the fork fails, return its error, and do not try again. There is no child then, and nothing
//!   to wait for.
//! * The caller may have other children. They are not yours to wait for.
//!
//! ```text
//! run_in_child(|| 3)          // Ok(Exited(Pid(4711), 3))
//! run_in_child(|| panic!())   // Ok(Exited(Pid(4712), 101))
//! ```
//!
//! The function may be called only in a process with one thread: a child has a copy of the calling
//! thread alone. The checks see to that; a library would make it an `unsafe fn`. Signal handlers,
//! which can interrupt a wait, come later, in `wait_status`.
//!
//! The checks also look whether `work` was called in the child, and only there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Runs `work` in a child process and returns how the child ended.
///
/// # Errors
///
/// The system's reason why it did not fork.
pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    todo!("fork, call work in the child, and wait for it in the parent")
}
