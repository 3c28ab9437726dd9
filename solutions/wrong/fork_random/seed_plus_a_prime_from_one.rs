//! The children are counted from 1, and their seeds differ by a large prime number.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: neighbours_by_any_step_are_no_neighbours
//! says: with seed 7961

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
    let generators = (0..children as u64).map(|number| StdRng::seed_from_u64(seed.wrapping_add(7919 * (number + 1))));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
