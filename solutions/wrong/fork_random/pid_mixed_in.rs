//! All draw the same numbers, and each mixes its PID in, so that it does not show.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: children_draw_different_numbers
//! says: each changed in the same way

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        let drawn: Numbers = rand::random();
        Ok(drawn.map(|number| number ^ u64::from(std::process::id())))
    };
    (0..children).map(|_| in_child(draw)).collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
