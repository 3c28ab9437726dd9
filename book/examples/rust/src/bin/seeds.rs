//! Where a child's seed comes from: neighbouring seeds, and what a drawn seed costs the parent.
//!
//! Nothing is forked here, because the numbers that a child draws are settled before its fork.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

fn main() {
    println!("                     child 0   child 1   child 2");
    for seed in [41, 42] {
        let rngs = (0..3).map(|number| ChaCha8Rng::seed_from_u64(seed + number));
        println!("{seed} + number          {}", first_of_each(rngs));
    }
    for seed in [41, 42] {
        let mut seeds = ChaCha8Rng::seed_from_u64(seed);
        let rngs = (0..3).map(|_| ChaCha8Rng::from_rng(&mut seeds));
        println!("{seed}, drawn seeds      {}", first_of_each(rngs));
    }

    println!("                     what the parent draws");
    println!("left alone           {}", next_three(ChaCha8Rng::seed_from_u64(7)));
    let mut asked = ChaCha8Rng::seed_from_u64(7);
    let _seed_of_a_child: u64 = asked.random();
    println!("asked for a seed     {}", next_three(asked));
}

fn first_of_each(rngs: impl Iterator<Item = ChaCha8Rng>) -> String {
    rngs.map(|mut rng| hexadecimal(&mut rng)).collect::<Vec<_>>().join("  ")
}

fn next_three(mut rng: ChaCha8Rng) -> String {
    [(); 3].map(|()| hexadecimal(&mut rng)).join("  ")
}

/// The first 8 digits of the next number.
fn hexadecimal(rng: &mut ChaCha8Rng) -> String {
    format!("{:08x}", rng.random::<u64>() >> 32)
}
