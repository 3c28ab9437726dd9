//! The time is another one for each child, and any program can guess it.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: every_run_gives_different_numbers
//! says: drew the same number

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let seed = now.map_or(0, |now| now.as_nanos() as u64) + u64::from(std::process::id());
        Ok(StdRng::seed_from_u64(seed).random())
    };
    (0..children).map(|_| in_child(draw)).collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
