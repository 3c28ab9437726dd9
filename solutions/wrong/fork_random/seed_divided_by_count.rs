//! The number of the child is mixed with how many there are. With one child more, all is different.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: more_children_change_nothing
//! says: the first three of five children

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
    (0..children)
        .map(|number| {
            let seed = seed.wrapping_mul(1000 * children as u64) + number as u64;
            in_child(|| Ok(StdRng::seed_from_u64(seed).random()))
        })
        .collect()
}
