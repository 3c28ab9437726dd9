//! Hashes what the copy draws with the PID, and both can be known.
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
        use std::hash::{BuildHasher, RandomState};
        let copied: Numbers = rand::rng().random();
        let state = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
        Ok(copied.map(|number| state.hash_one((number, std::process::id()))))
    };
    (0..children).map(|_| in_child(draw)).collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
