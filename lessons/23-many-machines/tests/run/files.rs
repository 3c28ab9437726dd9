//! Files of random characters, and the report on them, worked out here in the plainest way: what
//! the lesson prints is compared with it.

use std::io;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Makes the files `1.txt` to `{files}.txt` in `folder`, each with `lines` lines of at most
/// `longest` printable characters.
pub(crate) fn make_files(
    folder: &Path,
    files: usize,
    lines: usize,
    longest: usize,
    seed: u64,
) -> io::Result<()> {
    // One generator for all files: with one for each, made from the same seed, all would be alike.
    let mut rng = StdRng::seed_from_u64(seed);
    for number in 1..=files {
        let mut text = String::new();
        for _ in 0..lines {
            let length = rng.random_range(0..=longest);
            text.extend((0..length).map(|_| rng.random_range(' '..='~')));
            text.push('\n');
        }
        std::fs::write(folder.join(format!("{number}.txt")), text)?;
    }
    Ok(())
}

/// The report on the files `1.txt` to `{files}.txt` in `folder`. A file that is missing has the
/// kernel's reason in its row.
pub(crate) fn expected_report(folder: &Path, files: usize) -> String {
    let mut total = [0; 10];
    let mut report = row("file", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for name in (1..=files).map(|number| format!("{number}.txt")) {
        match std::fs::read_to_string(folder.join(&name)) {
            Ok(text) => {
                let counts = DIGITS.map(|digit| text.matches(digit).count());
                report += &row(&name, counts);
                for (sum, count) in total.iter_mut().zip(counts) {
                    *sum += count;
                }
            }
            Err(error) => report += &format!("{name:<12} cannot be read: {error}\n"),
        }
    }
    report + &row("total", total)
}

const DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

fn row(name: &str, counts: [usize; 10]) -> String {
    let columns = counts.map(|count| format!(" {count:>7}"));
    format!("{name:<12}{}\n", columns.concat())
}
