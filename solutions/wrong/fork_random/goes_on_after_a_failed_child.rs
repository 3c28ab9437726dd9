//! A child that cannot be had is left out.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: a_child_that_dies_is_an_error or a_pipe_that_cannot_be_created_is_an_error

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
    Ok((0..children).filter_map(|_| in_child(draw).ok()).collect())
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    Ok(generators.filter_map(|mut own| in_child(|| Ok(own.random())).ok()).collect())
}
