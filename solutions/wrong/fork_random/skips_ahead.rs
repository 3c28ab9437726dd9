//! All children draw from the same stream; each skips one number more. Child 1 draws what child 0
//! draws second.
//!
//! base: new_seeds_in_the_children
//! verdict: check failed
//! check: a_seed_repeats
//! says: child 0 and child 1 drew the same number

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
            in_child(|| {
                let mut rng = StdRng::seed_from_u64(seed);
                for _ in 0..number {
                    let _: u64 = rng.random();
                }
                Ok(rng.random())
            })
        })
        .collect()
}
