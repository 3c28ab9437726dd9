//! The PID goes into the seed. It tells the children apart, and the runs too.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: a_seed_repeats
//! says: a second call with the same seed

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
    let draw = || {
        let seed = seed ^ u64::from(std::process::id());
        Ok(StdRng::seed_from_u64(seed).random())
    };
    (0..children).map(|_| in_child(draw)).collect()
}
