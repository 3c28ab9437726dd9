//! Child n has the seed plus n. The children of neighbouring seeds have generators in common.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: another_seed_gives_different_numbers
//! says: child 1 with seed 41 and child 0 with seed 42 drew the same number

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        rand::rng().reseed().map_err(io::Error::other)?;
        Ok(rand::rng().random())
    };
    (0..children).map(|_| in_child(draw)).collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    (0..children)
        .map(|number| {
            let seed = seed.wrapping_add(number as u64);
            in_child(|| Ok(StdRng::seed_from_u64(seed).random()))
        })
        .collect()
}
