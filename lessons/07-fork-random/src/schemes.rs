//! Ways to get random numbers in a child. Each function prepares in the parent what can be
//! prepared there, and returns the function that draws a number after the fork.

use std::hash::{BuildHasher, RandomState};

use rand::rngs::{ChaCha8Rng, SmallRng, StdRng, SysRng};
use rand::{RngExt, SeedableRng};

use crate::children::{CHILDREN, Draw};

pub(crate) struct Scheme {
    pub(crate) what: &'static str,
    /// Gets the seed of the run.
    pub(crate) prepare: fn(u64) -> Draw,
}

const fn scheme(what: &'static str, prepare: fn(u64) -> Draw) -> Scheme {
    Scheme { what, prepare }
}

/// All schemes, in the order of the table. The first group must come first, because all others find
/// that `rng()` has been used, and that hash keys have been drawn.
pub(crate) const GROUPS: [(&str, &[Scheme]); 3] = [
    (
        "NO FAULT: there is no state to copy yet",
        &[
            scheme("rng(), first used after the fork", rng_first_used_after_the_fork),
            scheme("hash keys, first map after the fork", hash_keys_drawn_after_the_fork),
        ],
    ),
    (
        "THE FAULT: the fork copies the state",
        &[
            scheme("rng(), used before the fork", rng_used_before_the_fork),
            scheme("SmallRng, made before the fork", small_rng_made_before_the_fork),
            scheme("StdRng, made before the fork", std_rng_made_before_the_fork),
            scheme("TRAP: make_rng() called in the child", make_rng_in_the_child),
            scheme("hash keys, and a HashMap's order", hash_keys),
        ],
    ),
    (
        "WHAT HELPS",
        &[
            scheme("rng().reseed() at once in the child", reseed_in_the_child),
            scheme("StdRng from SysRng in the child", from_the_system_in_the_child),
            scheme("a seed for each child: repeats", a_seed_for_each_child),
            scheme("a stream for each child: repeats", a_stream_for_each_child),
        ],
    ),
];

/// The generator behind `rng()` is made when a process first asks for it, here after the fork:
/// every process has its own, seeded by the system.
fn rng_first_used_after_the_fork(_seed: u64) -> Draw {
    Box::new(|_process| Ok(rand::rng().random()))
}

/// The fault: once the parent has drawn a number, anywhere, the generator exists and is copied.
pub(crate) fn rng_used_before_the_fork(_seed: u64) -> Draw {
    let _used: u64 = rand::rng().random();
    Box::new(|_process| Ok(rand::rng().random()))
}

/// A generator of your own is copied too.
fn small_rng_made_before_the_fork(_seed: u64) -> Draw {
    let mut rng = SmallRng::from_rng(&mut rand::rng());
    Box::new(move |_process| Ok(rng.random()))
}

/// Cryptographic strength does not help: a copy draws what the original draws.
fn std_rng_made_before_the_fork(_seed: u64) -> Draw {
    let mut rng = StdRng::from_rng(&mut rand::rng());
    Box::new(move |_process| Ok(rng.random()))
}

/// A new generator, made in the child, looks safe. But `make_rng` takes its seed from `rng()`,
/// whose state was copied: the same seed in every child. `from_rng(&mut rand::rng())` does it too.
#[expect(clippy::disallowed_methods, reason = "the trap, shown on purpose")]
fn make_rng_in_the_child(_seed: u64) -> Draw {
    let _used: u64 = rand::rng().random();
    Box::new(|_process| Ok(rand::make_rng::<StdRng>().random()))
}

/// std draws the hash keys of a thread at its first map, here after the fork: each process draws its
/// own.
fn hash_keys_drawn_after_the_fork(_seed: u64) -> Draw {
    Box::new(|_process| Ok(RandomState::new().hash_one("a key")))
}

/// std draws its hash keys once per thread, then counts up. Keys and counter are copied.
fn hash_keys(_seed: u64) -> Draw {
    let _used = RandomState::new();
    Box::new(|_process| Ok(RandomState::new().hash_one("a key")))
}

/// What rand's documentation of `ThreadRng` advises: discard the copied state at once.
fn reseed_in_the_child(_seed: u64) -> Draw {
    let _used: u64 = rand::rng().random();
    Box::new(|process| {
        if process > 0 {
            rand::rng().reseed()?;
        }
        Ok(rand::rng().random())
    })
}

/// The system's own generator is not in this process's memory, so there is nothing to copy.
fn from_the_system_in_the_child(_seed: u64) -> Draw {
    Box::new(|_process| Ok(StdRng::try_from_rng(&mut SysRng)?.random()))
}

/// The parent draws the seeds, before the fork, and every child starts a generator with its own.
/// (`ChaCha8Rng`, since the algorithm of `StdRng` may change with the next version of rand.)
fn a_seed_for_each_child(seed: u64) -> Draw {
    let mut master = ChaCha8Rng::seed_from_u64(seed);
    let seeds: [u64; CHILDREN as usize] = master.random();
    Box::new(move |process| match process {
        0 => Ok(master.random()),
        child => Ok(ChaCha8Rng::seed_from_u64(seeds[child as usize - 1]).random()),
    })
}

/// ChaCha has 2^64 streams for each seed, and they never overlap: the child's number picks one.
fn a_stream_for_each_child(seed: u64) -> Draw {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Box::new(move |process| {
        rng.set_stream(process);
        Ok(rng.random())
    })
}
