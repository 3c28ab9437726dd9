//! A counter makes every seed another one, and the same ones in every run of the program.
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
    static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    (0..children)
        .map(|_| {
            let seed = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            in_child(|| Ok(StdRng::seed_from_u64(seed).random()))
        })
        .collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut seeds = StdRng::seed_from_u64(seed);
    let generators = (0..children).map(|_| StdRng::from_rng(&mut seeds));
    generators.map(|mut own| in_child(|| Ok(own.random()))).collect()
}
