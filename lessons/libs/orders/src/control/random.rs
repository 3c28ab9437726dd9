//! Random bytes that are the same in every run.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::name::Name;

/// The bytes that a process gets for its `number`-th request for `len` random bytes.
pub(crate) fn bytes(process: &Name, number: u32, len: usize) -> Vec<u8> {
    let mut seed = [0; 32];
    let text = format!("{} {number}", process.short());
    for (place, byte) in seed.iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    let mut bytes = vec![0; len];
    ChaCha8Rng::from_seed(seed).fill_bytes(&mut bytes);
    bytes
}
