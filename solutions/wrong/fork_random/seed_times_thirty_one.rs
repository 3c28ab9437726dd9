//! The seed is multiplied, and the number of the child added: the thirty-second child has the generator of the next seed.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: more_children_than_a_byte_can_count
//! says: drew the same number

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
    let generators = (0..children as u64).map(|number| StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(number)));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
