//! A seed of 0 is taken for none, and replaced by 1.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: another_seed_gives_different_numbers
//! says: with seed 0

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
    let mut seeds = StdRng::seed_from_u64(seed.max(1));
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
