//! Rows travel as lines of text, and a line counts only with its newline. How the children end does not
//! matter: a file whose row has not arrived has a reason in the report.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, PipeReader, Write, pipe};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

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
    let mut rng = StdRng::seed_from_u64(seed);
    for number in 1..=files {
        let mut text = String::new();
        for _ in 0..lines {
            let length = rng.random_range(0..=longest);
            text.extend((0..length).map(|_| rng.random_range(' '..='~')));
            text.push('\n');
        }
        fs::write(folder.join(format!("{number}.txt")), text)?;
    }
    Ok(())
}

pub fn count_digits(text: &[u8]) -> Counts {
    let mut counts = [0; 10];
    for byte in text {
        if byte.is_ascii_digit() {
            counts[(byte - b'0') as usize] += 1;
        }
    }
    counts
}

pub fn report_by_one(folder: &Path, files: usize) -> String {
    let mut rows = Vec::new();
    for number in 1..=files {
        rows.push(row(folder, number));
    }
    report(&rows)
}

fn row(folder: &Path, number: usize) -> Row {
    let name = format!("{number}.txt");
    match fs::read(folder.join(&name)) {
        Ok(bytes) => Row { name, counts: Ok(count_digits(&bytes)) },
        Err(error) => Row { name, counts: Err(format!("cannot be read: {error}")) },
    }
}

pub fn report_by_several(folder: &Path, files: usize, workers: usize) -> io::Result<String> {
    let workers = workers.min(files);
    let mut children = Vec::new();
    let mut failed = None;
    for worker in 0..workers {
        match start(folder, (1..=files).skip(worker).step_by(workers)) {
            Ok(child) => children.push(child),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let mut rows = Vec::new();
    for child in children {
        match finish(child) {
            Ok(more) => rows.extend(more),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let rows = (1..=files).map(|number| {
        let name = format!("{number}.txt");
        let arrived = rows.iter().find(|row| row.name == name).cloned();
        arrived.unwrap_or(Row { name, counts: Err("its child died".to_owned()) })
    });
    Ok(report(&rows.collect::<Vec<Row>>()))
}

fn start(folder: &Path, numbers: impl Iterator<Item = usize>) -> io::Result<(Pid, PipeReader)> {
    let (reader, writer) = pipe()?;
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let sent = numbers.map(|n| row(folder, n)).try_for_each(|row| {
                let text = match row.counts {
                    Ok(counts) => format!("{}:{}\n", row.name, counts.map(|c| c.to_string()).join(" ")),
                    Err(reason) => format!("{}:{reason}\n", row.name),
                };
                (&writer).write_all(text.as_bytes())
            });
            std::process::exit(sent.is_err() as i32)
        }
        ForkResult::Parent { child } => Ok((child, reader)),
    }
}

fn finish((child, reader): (Pid, PipeReader)) -> io::Result<Vec<Row>> {
    let text = io::read_to_string(reader);
    while waitpid(child, None) == Err(Errno::EINTR) {}
    Ok(text?.split_inclusive('\n').filter_map(row_in).collect())
}

fn row_in(line: &str) -> Option<Row> {
    let (name, rest) = line.strip_suffix('\n')?.split_once(':')?;
    let counts: Option<Vec<u64>> = rest.split(' ').map(|count| count.parse().ok()).collect();
    let counts = match counts {
        Some(counts) => Ok(counts.try_into().ok()?),
        None => Err(rest.to_owned()),
    };
    Some(Row { name: name.to_owned(), counts })
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
        let _ = write!(line, " {number:>7}");
    }
    line + "\n"
}
