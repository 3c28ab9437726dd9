//! Numbers of the kernel, read from /dev/urandom. For the repeatable ones, each child mixes both numbers
//! well, and draws from there with a generator of a few lines.

use std::fs::File;
use std::io::{self, Read};

use solutions::fork_random::in_child;

pub type Numbers = [u64; 4];

pub fn independent(children: usize) -> io::Result<Vec<Numbers>> {
    let draw = || {
        let mut bytes = [[0; 8]; 4];
        File::open("/dev/urandom")?.read_exact(bytes.as_flattened_mut())?;
        Ok(bytes.map(u64::from_ne_bytes))
    };
    (0..children).map(|_| in_child(draw)).collect()
}

pub fn repeatable(children: usize, seed: u64) -> io::Result<Vec<Numbers>> {
    let of_child = |child: usize| {
        let mut state = mix(seed ^ mix(child as u64 + 1));
        std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            mix(state)
        })
    };
    (0..children).map(|child| in_child(|| Ok(of_child(child)))).collect()
}

/// The last steps of SplitMix64: each bit of the result depends on each bit of the number.
fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
