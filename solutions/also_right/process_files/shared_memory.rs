//! The children write their counts into memory that they share with the parent; the number of the
//! next file is there too, so that each takes the next when it is free.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};


use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::SeqCst};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

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

const UNKNOWN: i64 = -1;

struct Cell {
    state: AtomicI64,
    counts: [AtomicU64; 10],
}

pub fn report_by_several(folder: &Path, files: usize, workers: usize) -> io::Result<String> {
    let size = size_of::<AtomicUsize>() + files * size_of::<Cell>();
    let length = std::num::NonZeroUsize::new(size).expect("there is the number at least");
    let (protection, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED);
    // SAFETY: a new mapping touches nothing that is there.
    let memory = unsafe { mmap_anonymous(None, length, protection, flags) }?;
    // SAFETY: the mapping is large enough, aligned to a page, and zero, which is a fine number.
    let next = unsafe { memory.cast::<AtomicUsize>().as_ref() };
    // SAFETY: behind the number there is room for so many cells, aligned as the number is.
    let cells = unsafe { std::slice::from_raw_parts(memory.cast::<AtomicUsize>().add(1).cast::<Cell>().as_ptr(), files) };
    cells.iter().for_each(|cell| cell.state.store(UNKNOWN, SeqCst));
    let result = fill(folder, workers.min(files), next, cells);
    let rows: Vec<Row> = cells.iter().zip(1..).map(|(cell, number)| row_of(cell, number)).collect();
    // SAFETY: nothing refers to the mapping any more.
    unsafe { munmap(memory, size) }?;
    result.map(|()| report(&rows))
}

fn fill(folder: &Path, workers: usize, next: &AtomicUsize, cells: &[Cell]) -> io::Result<()> {
    let mut children = Vec::new();
    let mut result = Ok(());
    for _ in 0..workers {
        // SAFETY: this process has one thread, as the checks ensure.
        match unsafe { fork() } {
            Err(error) => {
                result = Err(error.into());
                break;
            }
            Ok(ForkResult::Parent { child }) => children.push(child),
            Ok(ForkResult::Child) => {
                let done = catch_unwind(AssertUnwindSafe(|| {
                    while let Some(cell) = cells.get(next.fetch_add(1, SeqCst)) {
                        let number = (cell as *const Cell as usize - cells.as_ptr() as usize) / size_of::<Cell>();
                        count_into(cell, folder, number + 1);
                    }
                }));
                exit(if done.is_ok() { 0 } else { 101 })
            }
        }
    }
    for child in children {
        let mut status = waitpid(child, None);
        while status == Err(Errno::EINTR) {
            status = waitpid(child, None);
        }
        let status = status?;
        if !matches!(status, WaitStatus::Exited(_, 0)) && result.is_ok() {
            result = Err(io::Error::other(format!("a child failed: {status:?}")));
        }
    }
    result
}

fn count_into(cell: &Cell, folder: &Path, number: usize) {
    match fs::read(folder.join(name_of(number))) {
        Ok(bytes) => {
            for (count, into) in count_digits(&bytes).into_iter().zip(&cell.counts) {
                into.store(count, SeqCst);
            }
            cell.state.store(0, SeqCst);
        }
        Err(error) => cell.state.store(error.raw_os_error().unwrap_or(libc::EIO).into(), SeqCst),
    }
}

fn row_of(cell: &Cell, number: usize) -> Row {
    let counts = match cell.state.load(SeqCst) {
        0 => Ok(std::array::from_fn(|digit| cell.counts[digit].load(SeqCst))),
        UNKNOWN => Err("nobody has read it".to_owned()),
        error => Err(format!("cannot be read: {}", io::Error::from_raw_os_error(error as i32))),
    };
    Row { name: name_of(number), counts }
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
