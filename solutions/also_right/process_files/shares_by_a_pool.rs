//! Each item of a pool is a share of the files, in one piece, and not a file.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};


#[path = "../pool_map/buffers.rs"]
mod pool;
use pool::pool_map;

pub type Counts = [u64; 10];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub counts: Result<Counts, String>,
}

pub fn make_files(
    folder: &Path,
    files: usize,
    lines: usize,
    longest: usize,
    seed: u64,
) -> io::Result<()> {
    // One generator for all files: with one per file, from the same seed, all would be the same.
    let mut rng = StdRng::seed_from_u64(seed);
    for number in 1..=files {
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

pub fn count_digits(text: &[u8]) -> Counts {
    let mut counts = [0; 10];
    for byte in text.iter().filter(|byte| byte.is_ascii_digit()) {
        counts[usize::from(byte - b'0')] += 1;
    }
    counts
}

pub fn report_by_one(folder: &Path, files: usize) -> String {
    let rows: Vec<Row> = (1..=files).map(|number| row(folder, number)).collect();
    report(&rows)
}

pub fn report_by_several(folder: &Path, files: usize, workers: usize) -> io::Result<String> {
    let numbers: Vec<usize> = (1..=files).collect();
    let share = files.div_ceil(workers).max(1);
    let shares: Vec<&[usize]> = numbers.chunks(share).collect();
    let work = |share: &&[usize]| share.iter().map(|&number| row(folder, number)).collect();
    let done: Vec<Result<Vec<Row>, pool::Failure>> = pool_map(workers, &shares, work)?;
    let mut rows = Vec::new();
    for (share, done) in shares.iter().zip(done) {
        match done {
            Ok(more) => rows.extend(more),
            Err(failure) => rows.extend(share.iter().map(|&number| Row {
                name: name_of(number),
                counts: Err(format!("its worker died: {failure:?}")),
            })),
        }
    }
    Ok(report(&rows))
}

fn name_of(number: usize) -> String {
    format!("{number}.txt")
}

fn row(folder: &Path, number: usize) -> Row {
    let name = name_of(number);
    let counts = fs::read(folder.join(&name)).map(|bytes| count_digits(&bytes));
    Row { name, counts: counts.map_err(|error| format!("cannot be read: {error}")) }
}

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
