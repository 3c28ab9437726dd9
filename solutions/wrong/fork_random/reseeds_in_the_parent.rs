//! The parent takes a new seed before each fork. The children differ from each other then; but the
//! last one has a copy of what the parent draws next.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: they_are_not_the_parents_numbers_either
//! says: child 2 and the parent

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    (0..children)
        .map(|_| {
            rand::rng().reseed().map_err(io::Error::other)?;
            in_child(|| Ok(rand::random()))
        })
        .collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
