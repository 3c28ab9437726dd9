//! The number of cycles that the processor has counted.
//!
//! base: reference
//! verdict: check failed
//! check: every_run_gives_different_numbers or children_draw_different_numbers

use std::io::{self, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The numbers that a child draws.
pub type Numbers = [u64; 4];

/// Has `children` children draw numbers that no program can predict.
///
/// # Errors
///
/// Those of [`in_child`].
pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        // This process has a copy of the parent's generator, which would draw the same numbers. A
        // new seed from the system, before the first draw, makes it independent. Do not use
        // `rand::make_rng` or `StdRng::from_rng(&mut rand::rng())`: both draw their seed from this
        // copy.
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every processor of this kind counts.
        let seed = unsafe { std::arch::x86_64::_rdtsc() };
        #[cfg(not(target_arch = "x86_64"))]
        let seed = 0;
        Ok(StdRng::seed_from_u64(seed).random())
    };
    (0..children).map(|_| in_child(draw)).collect()
}

/// Has `children` children draw numbers that depend only on the seed and the child's number.
///
/// # Errors
///
/// Those of [`in_child`].
pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    // This generator draws only the seeds of the others, each 256 bits wide, one after the other.
    // So child 2 always has the third seed. With `seed + number`, the children
    // of neighbouring seeds would share generators. (The numbers are the same in every run, but not
    // in every version of rand. For that, name an algorithm such as `ChaCha8Rng`. Its `set_stream`
    // is another way to have one generator for each child.)
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}

/// Runs `work` in a child, waits for it, and returns the numbers that `work` returned.
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
