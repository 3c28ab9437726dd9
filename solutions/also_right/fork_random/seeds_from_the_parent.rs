//! The parent asks the kernel for a seed for each child. For the repeatable ones, both numbers are
//! part of a seed of 256 bits.

use std::io;

use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng, TryRng};
use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    (0..children)
        .map(|_| {
            let mut seed = <StdRng as SeedableRng>::Seed::default();
            SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
            in_child(move || Ok(StdRng::from_seed(seed).random()))
        })
        .collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let draw = |number: usize| {
        let mut whole = <StdRng as SeedableRng>::Seed::default();
        whole[..8].copy_from_slice(&seed.to_le_bytes());
        whole[8..16].copy_from_slice(&(number as u64).to_le_bytes());
        StdRng::from_seed(whole).random()
    };
    (0..children).map(|number| in_child(|| Ok(draw(number)))).collect()
}
