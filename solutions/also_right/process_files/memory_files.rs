//! A file in memory for each child, which the parent reads when the child has ended.
//!
//! only: linux

use std::fmt::Write as _;
use std::fs;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

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
    rows.sort_by_key(|(number, _)| *number);
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    Ok(report(&rows))
}

fn start(folder: &Path, numbers: impl Iterator<Item = usize>) -> io::Result<(Pid, File)> {
    let flags = nix::sys::memfd::MFdFlags::MFD_CLOEXEC;
    let file = File::from(nix::sys::memfd::memfd_create("rows", flags)?);
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork()? } {
        ForkResult::Child => {
            let rows: Vec<(usize, Row)> = numbers.map(|n| (n, row(folder, n))).collect();
            let sent = serde_json::to_writer(&file, &rows);
            std::process::exit(sent.is_err() as i32)
        }
        ForkResult::Parent { child } => Ok((child, file)),
    }
}

fn finish((child, mut file): (Pid, File)) -> io::Result<Vec<(usize, Row)>> {
    let status = loop {
        match waitpid(child, None) {
            Err(nix::errno::Errno::EINTR) => {}
            status => break status?,
        }
    };
    if !matches!(status, nix::sys::wait::WaitStatus::Exited(_, 0)) {
        return Err(io::Error::other(format!("a child failed: {status:?}")));
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
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
