//! # fork_random: random numbers in children
//!
//! A random number generator is memory, and a fork copies it: all children go on with the same
//! numbers, which are also the parent's next ones. The crate rand does nothing against it. Write two
//! functions that do. Each has a number of children draw four random numbers, and returns what they
//! drew, in the order of the children. To run something in a child, use [`in_child`] below, which
//! is given.
//!
//! `independent(children)`: no program can tell the numbers beforehand. A PID, the time or a counter is
//! no seed for that, because others can guess it.
//!
//! * No child's numbers have anything to do with those of another, nor with the parent's. That
//!   holds also if the parent has drawn numbers before, with `rand::random()` or `rand::rng()`.
//! * Called again, it returns others, and so it does when the program is run again.
//!
//! `repeatable(children, seed)`: with the same seed, the same numbers, in every run.
//!
//! * The children draw different numbers nevertheless, and other seeds give entirely different
//!   ones, also the neighbouring seed, and whichever of the 64 bits differs.
//! * What a child draws does not depend on how many children come after it.
//!
//! Neither of them disturbs the parent: what `rand::random()` gives it afterwards is what it would
//! have given without you. If a child fails or cannot be forked, return the error, and fork no more.
//! Both may be called only in a process with one thread, because a child has a copy of the calling
//! thread alone. The checks see to that.

use std::io::{self, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng, TryRng};

/// What a child draws.
pub type Numbers = [u64; 4];

/// Has `children` children draw numbers that no program can tell beforehand.
///
/// # Errors
///
/// What [`in_child`] says.
pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    todo!("{children} children, each draws with in_child(|| …) from a generator that is its own")
}

/// Has `children` children draw numbers that depend on the seed and on the child only.
///
/// # Errors
///
/// What [`in_child`] says.
pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    todo!("{children} children, each with a generator that comes from the seed {seed}")
}

/// Given: runs `work` in a child, waits for it, and returns the numbers that it returned there.
///
/// # Errors
///
/// The system's reason why it made no pipe, did not fork or did not wait; or that the child failed,
/// because `work` panicked or returned an error.
pub fn in_child(work: impl FnOnce() -> io::Result<Numbers>) -> io::Result<Numbers> {
    let (mut reader, mut writer) = pipe()?;
    // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
    // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let send = || writer.write_all(work()?.map(u64::to_ne_bytes).as_flattened());
            let sent = catch_unwind(AssertUnwindSafe(send));
            exit(if matches!(sent, Ok(Ok(()))) { 0 } else { 1 })
        }
        ForkResult::Parent { child } => {
            drop(writer); // the child has the only one now: it ends, the pipe ends
            let mut bytes = [[0; 8]; 4];
            let received = reader.read_exact(bytes.as_flattened_mut());
            let mut status = waitpid(child, None);
            while status == Err(Errno::EINTR) {
                status = waitpid(child, None); // a signal handler ran; the child goes on
            }
            let WaitStatus::Exited(_, 0) = status? else {
                return Err(io::Error::other("the child failed"));
            };
            received.map_err(|_| io::Error::other("the child sent no numbers"))?;
            Ok(bytes.map(u64::from_ne_bytes))
        }
    }
}
