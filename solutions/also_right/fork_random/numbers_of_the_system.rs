//! The children ask the kernel for each number. For the repeatable ones, the algorithm is named: a
//! stream of ChaCha for each child.

use std::fs::File;
use std::io::{self, Read};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let mut drawn = Vec::with_capacity(children);
    for _ in 0..children {
        drawn.push(in_child(|| {
            let mut bytes = [[0; 8]; 4];
            File::open("/dev/urandom")?.read_exact(bytes.as_flattened_mut())?;
            Ok(bytes.map(u64::from_le_bytes))
        })?);
    }
    Ok(drawn)
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let mut drawn = Vec::with_capacity(children);
    for number in 0..children {
        let mut own = ChaCha8Rng::seed_from_u64(seed);
        own.set_stream(number as u64);
        drawn.push(in_child(|| Ok(own.random()))?);
    }
    Ok(drawn)
}
