//! No child, no copy, no problem; and no work in children.
//!
//! base: new_seeds_in_the_children
//! verdict: wrong number of processes
//! check: children_draw_different_numbers
//! says: the check wants 3

use std::io;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let mut rng = StdRng::try_from_rng(&mut rand::rngs::SysRng).map_err(io::Error::other)?;
    Ok((0..children).map(|_| rng.random()).collect())
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
