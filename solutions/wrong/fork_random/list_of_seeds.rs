//! Each child has a seed of its own, and all are written down in the program.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: every_call_gives_different_numbers
//! says: of the first call

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    repeatable(children, 0x5EED)
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
