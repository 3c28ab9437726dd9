//! The keys of hash maps are random. They come from a generator of this thread, which is a copy.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: children_draw_different_numbers
//! says: drew the same number

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        Ok([0, 1, 2, 3].map(|place| state.hash_one(place)))
    };
    (0..children).map(|_| in_child(draw)).collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
