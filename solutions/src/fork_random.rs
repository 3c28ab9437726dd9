//! fork_random: random numbers in children.

use std::io::{self, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What a child draws.
pub type Numbers = [u64; 4];

/// Has `children` children draw numbers that no program can tell beforehand.
///
/// # Errors
///
/// What [`in_child`] says.
pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        // This process has a copy of the parent's generator, with all that it would draw next. A
        // new seed from the system, before anything is drawn, makes it another one. Not
        // `rand::make_rng` or `StdRng::from_rng(&mut rand::rng())`: those draw the seed from the
        // very copy.
        rand::rng().reseed().map_err(io::Error::other)?;
        Ok(rand::rng().random())
    };
    (0..children).map(|_| in_child(draw)).collect()
}

/// Has `children` children draw numbers that depend on the seed and on the child only.
///
/// # Errors
///
/// What [`in_child`] says.
pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    // A generator that draws nothing but seeds of others, each 256 bits wide, one after the other:
    // so child 2 has the third, however many there are. It is not `seed + number`, with which the
    // children of neighbouring seeds would have generators in common. (The same from one run to the
    // next, not from one version of rand to the next: for that, name an algorithm, as in
    // `ChaCha8Rng`, whose `set_stream` is another way to have one generator for each child.)
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}

/// Runs `work` in a child, waits for it, and returns the numbers that it returned there.
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
