//! A generator for each file, chosen by the number of the file in a byte.
//!
//! base: reference
//! verdict: check failed
//! check: three_hundred_files_and_four_workers

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use solutions::pool_map::pool_map;

/// How often each digit appears: `counts[3]` is the number of threes.
pub type Counts = [u64; 10];

/// A file's row in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The file's name, without its folder.
    pub name: String,
    /// How often each digit appears in it, or why the file was not counted.
    pub counts: Result<Counts, String>,
}

/// Creates the files `1.txt` to `{files}.txt` in `folder`, each with `lines` lines of at most
/// `longest` random characters.
///
/// # Errors
///
/// Fails if a file cannot be written.
pub fn make_files(
    folder: &Path,
    files: usize,
    lines: usize,
    longest: usize,
    seed: u64,
) -> io::Result<()> {
    // One generator for all files: with one per file, from the same seed, all would be the same.
    let mut seeds = StdRng::seed_from_u64(seed);
    let own: [u64; 256] = seeds.random();
    for number in 1..=files {
        let mut rng = StdRng::seed_from_u64(own[number % 256]);
        let mut text = String::new();
        for _ in 0..lines {
            let length = rng.random_range(0..=longest);
            text.extend((0..length).map(|_| rng.random_range(' '..='~')));
            text.push('\n');
        }
        fs::write(folder.join(name_of(number)), text)?;
    }
    Ok(())
}

/// Counts each digit in `text`.
pub fn count_digits(text: &[u8]) -> Counts {
    let mut counts = [0; 10];
    for byte in text.iter().filter(|byte| byte.is_ascii_digit()) {
        counts[usize::from(byte - b'0')] += 1;
    }
    counts
}

/// The report on the files `1.txt` to `{files}.txt` in `folder`, computed in this process.
pub fn report_by_one(folder: &Path, files: usize) -> String {
    let rows: Vec<Row> = (1..=files).map(|number| row(folder, number)).collect();
    report(&rows)
}

/// The same report, computed by `workers` children at the same time.
///
/// # Errors
///
/// Fails if a child cannot be forked or connected to the parent.
pub fn report_by_several(folder: &Path, files: usize, workers: usize) -> io::Result<String> {
    let numbers: Vec<usize> = (1..=files).collect();
    // A row travels as it is, even if it holds a reason; the pool keeps the order.
    let rows = pool_map(workers, &numbers, |&number| row(folder, number))?;
    let rows = rows.into_iter().zip(numbers).map(|(row, number)| {
        row.unwrap_or_else(|failure| Row {
            name: name_of(number),
            counts: Err(format!("its worker died: {failure:?}")),
        })
    });
    Ok(report(&rows.collect::<Vec<Row>>()))
}

fn name_of(number: usize) -> String {
    format!("{number}.txt")
}

/// Both versions create their rows here, so the rows cannot differ. It counts in bytes, not in a
/// string, because a file that is not UTF-8 may contain digits too.
fn row(folder: &Path, number: usize) -> Row {
    let name = name_of(number);
    let counts = fs::read(folder.join(&name)).map(|bytes| count_digits(&bytes));
    Row { name, counts: counts.map_err(|error| format!("cannot be read: {error}")) }
}

/// The rows as a table, with a line of totals.
pub fn report(rows: &[Row]) -> String {
    let mut total: Counts = [0; 10];
    let mut table = line("file", &std::array::from_fn(|digit| digit as u64));
    for Row { name, counts } in rows {
        match counts {
            Ok(counts) => {
                table += &line(name, counts);
                total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
            Err(reason) => table += &format!("{name:<12} {reason}\n"),
        }
    }
    table + &line("total", &total)
}

fn line(name: &str, numbers: &Counts) -> String {
    let mut line = format!("{name:<12}");
    for number in numbers {
        let _ = write!(line, " {number:>7}"); // writing to a String never fails
    }
    line + "\n"
}
