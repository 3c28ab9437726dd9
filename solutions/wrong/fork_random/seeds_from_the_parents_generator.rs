//! The parent draws a seed for each child, from the generator that its own numbers come from. They
//! are missing there now.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: the_parents_stream_goes_on
//! says: after independent(3)

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    (0..children)
        .map(|_| {
            let mut own = StdRng::from_rng(&mut rand::rng());
            in_child(|| Ok(own.random()))
        })
        .collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
