//! # fork_random: random numbers in children
//!
//! The state of a random number generator is in memory, and a fork copies it. All children would
//! therefore draw the same numbers, which are also the numbers that the parent would draw next. The
//! crate rand does not prevent this. Write two functions that do. Each runs several children, each
//! of which draws four random numbers, and returns these numbers in the order of the children. To
//! run something in a child, use [`in_child`] below, which is given.
//!
//! `independent(children)`: no program can predict the numbers. A PID, the time or a counter is not
//! a suitable seed, because other programs can guess it.
//!
//! * A child's numbers are not related to those of another child or of the parent, even if the
//!   parent has drawn numbers before, with `rand::random()` or `rand::rng()`.
//! * When the function is called again, in the same run of the program or in a later one, it
//!   returns different numbers.
//!
//! `repeatable(children, seed)`: the same seed gives the same numbers in every run.
//!
//! * Nevertheless, the children draw different numbers from one another. Different seeds give
//!   entirely different numbers, even if the seeds are neighbours, and no matter which of their 64
//!   bits differ.
//! * The numbers that a child draws do not depend on how many children come after it.
//!
//! Neither function affects the parent: after the call, `rand::random()` returns in the parent what
//! it would have returned without the call. If a child fails or cannot be forked, do not fork
//! again, and return the error. A signal may interrupt a wait (`EINTR`); in that case, wait again,
//! as [`in_child`] does. (The checks also accept an `EINTR` error, although the caller can do
//! little with it.)
//!
//! Both functions may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds.

use std::io::{self, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng, TryRng};

/// The numbers that a child draws.
pub type Numbers = [u64; 4];

/// Has `children` children draw numbers that no program can predict.
///
/// # Errors
///
/// Those of [`in_child`].
pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    todo!("{children} times in_child(|| …), each of which draws from its own generator")
}

/// Has `children` children draw numbers that depend only on the seed and the child's number.
///
/// # Errors
///
/// Those of [`in_child`].
pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    todo!("{children} times in_child(|| …), each with a generator derived from the seed {seed}")
}

/// Given: runs `work` in a child, waits for it, and returns the numbers that `work` returned.
///
/// # Errors
///
/// Fails if the pipe or the child cannot be created, if the wait fails, or if the child fails
/// because `work` panicked or returned an error.
pub fn in_child(work: impl FnOnce() -> io::Result<Numbers>) -> io::Result<Numbers> {
    let (mut reader, mut writer) = pipe()?;
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let send = || writer.write_all(work()?.map(u64::to_ne_bytes).as_flattened());
            let sent = catch_unwind(AssertUnwindSafe(send));
            exit(if matches!(sent, Ok(Ok(()))) { 0 } else { 1 })
        }
        ForkResult::Parent { child } => {
            drop(writer); // now only the child has it, so the pipe ends when the child ends
            let mut bytes = [[0; 8]; 4];
            let received = reader.read_exact(bytes.as_flattened_mut());
            let mut status = waitpid(child, None);
            while status == Err(Errno::EINTR) {
                status = waitpid(child, None); // a signal handler ran; the child still runs
            }
            let WaitStatus::Exited(_, 0) = status? else {
                return Err(io::Error::other("the child failed"));
            };
            received.map_err(|_| io::Error::other("the child sent no numbers"))?;
            Ok(bytes.map(u64::from_ne_bytes))
        }
    }
}
