//! As seed_plus_number, with an addition that overflows for the largest seed.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: another_seed_gives_different_numbers
//! says: attempt to add with overflow

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
            in_child(|| Ok(StdRng::seed_from_u64(seed + number as u64).random()))
        })
        .collect()
}
