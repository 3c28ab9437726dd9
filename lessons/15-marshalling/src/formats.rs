//! The three formats side by side: size, time, and what the bytes look like.

use std::hint::black_box;
use std::time::Instant;

use lesson_cli::{Failure, say};

use crate::format::Format;
use crate::voyage::Voyage;

const ROUNDS: usize = 15;
const REPEATS: u32 = 40;

pub(crate) fn compare(voyage: &Voyage) -> Result<(), Failure> {
    say!("FORMATS: the log of one voyage, as bytes");
    say!("format       bytes     encode     decode  begins with");
    for format in Format::ALL {
        let bytes = format.encode(voyage);
        let encode = median_micros(|| drop(black_box(format.encode(black_box(voyage)))));
        let decode = median_micros(|| drop(black_box(format.decode::<Voyage>(black_box(&bytes)))));
        let (size, start) = (bytes.len(), dump(&bytes));
        say!("{format:11} {size:>6} {encode:>7.2} µs {decode:>7.2} µs  {start}");
    }
    say!("(median of {ROUNDS} rounds of {REPEATS}, {BUILD})");
    Ok(())
}

const BUILD: &str = if cfg!(debug_assertions) {
    "a debug build: try `cargo run --release` too"
} else {
    "a release build"
};

/// The time of one `call` in microseconds. This is the median, because a round in which the
/// system did something else says nothing about the format.
fn median_micros(call: impl Fn()) -> f64 {
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..REPEATS).for_each(|_| call());
            start.elapsed() / REPEATS
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2].as_secs_f64() * 1e6
}

/// The first bytes, in hexadecimal and as text with a dot for what cannot be shown.
fn dump(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(8)];
    let hex: Vec<_> = start.iter().map(|byte| format!("{byte:02x}")).collect();
    let text: String = start.iter().map(|&byte| printable(byte)).collect();
    format!("{}  {text}", hex.join(" ")).trim_end().to_owned()
}

fn printable(byte: u8) -> char {
    if byte == b' ' || byte.is_ascii_graphic() { byte.into() } else { '.' }
}
