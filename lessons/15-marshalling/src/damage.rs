//! Lost and damaged data, and what each format reports.

use lesson_cli::{Failure, say};

use crate::format::Format;
use crate::voyage::Voyage;

pub(crate) fn try_out(voyage: &Voyage) -> Result<(), Failure> {
    say!("DAMAGE: the second half is lost");
    for format in Format::ALL {
        let bytes = format.encode(voyage);
        match format.decode::<Voyage>(&bytes[..bytes.len() / 2]) {
            Err(error) => say!("    {error}"),
            Ok(_) => say!("    {format}: not noticed"),
        }
    }
    say!("DAMAGE: one bit is flipped, each bit in turn");
    say!("format        bits   an error   other data   no harm");
    for format in Format::ALL {
        let Tally { error, other, none } = flip_each_bit(format, voyage);
        let bits = error + other + none;
        say!("{format:11} {bits:>6} {error:>10} {other:>12} {none:>9}");
    }
    say!("Other data: no error, but not what was sent, such as a ship with another name.");
    say!("No format detects that by itself. Where it matters, send a checksum too.");
    Ok(())
}

/// How many damaged copies led to which outcome.
#[derive(Default)]
struct Tally {
    error: usize,
    other: usize,
    none: usize,
}

fn flip_each_bit(format: Format, voyage: &Voyage) -> Tally {
    let mut bytes = format.encode(voyage);
    let mut tally = Tally::default();
    for bit in 0..bytes.len() * 8 {
        let mask = 1 << (bit % 8);
        bytes[bit / 8] ^= mask;
        match format.decode::<Voyage>(&bytes) {
            Err(_) => tally.error += 1,
            Ok(decoded) if decoded == *voyage => tally.none += 1,
            Ok(_) => tally.other += 1,
        }
        bytes[bit / 8] ^= mask; // whole again
    }
    tally
}
