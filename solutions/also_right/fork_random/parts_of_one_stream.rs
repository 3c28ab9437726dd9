//! All children have the same stream of numbers, and each skips those of the children before it. The
//! others come from the system, by the parent.

use std::io::{self, Read, Write, pipe};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng, TryRng};

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let mut drawn = Vec::new();
    while drawn.len() < children {
        let mut numbers = [0; 4];
        for number in &mut numbers {
            *number = SysRng.try_next_u64().map_err(io::Error::other)?;
        }
        drawn.push(in_child(|| Ok(numbers))?);
    }
    Ok(drawn)
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let part = |number: usize| {
        let mut stream = StdRng::seed_from_u64(seed).random_iter();
        let mut part = stream.by_ref().skip(4 * number);
        std::array::from_fn(|_| part.next().unwrap_or_default())
    };
    (0..children).map(|number| in_child(|| Ok(part(number)))).collect()
}

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
