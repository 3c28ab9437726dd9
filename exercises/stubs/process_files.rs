//! # process_files: many files, counted by several processes
//!
//! How often does each digit appear in each of many files? Create the files, count the digits in
//! one process, and then in several. The report must be the same, byte for byte.
//!
//! * [`make_files`] creates `1.txt`, `2.txt`, … in a folder. Each file has `lines` lines. Each line
//!   consists of random printable ASCII characters (from space to `~`) and a newline. The number of
//!   characters is random too, at most `longest`, which may be 0. The same seed gives the same
//!   files, and a different seed (of 64 bits) gives different ones. No two files created by one
//!   call are the same. Return an error if a file cannot be written.
//! * [`count_digits`] counts how often each digit appears in a slice of bytes.
//! * [`report_by_one`] reads the files in this process, one by one.
//! * [`report_by_several`] has `workers` children read the files at the same time, but forks no
//!   more children than there are files. The parent does not read any file itself. The rows are in
//!   the order 1, 2, 3, …, 10, 11, …, regardless of which child finishes first. You may use your
//!   [`pool_map`](crate::pool_map), or a pipe for each child.
//! * If a child dies, return an error, or put a reason into the rows that the child would have
//!   counted. No count may be wrong.
//! * A read or write may transfer only part of the data, and a signal may interrupt any call, which
//!   then fails with `EINTR`. In both cases, repeat the call until the operation is complete. (The
//!   checks also accept an `EINTR` error, although the caller can do little with it.)
//! * The caller may have other children, which your function must leave alone.
//! * If a child cannot be forked or connected to its parent, do not fork again. Wait for the
//!   children that already exist, and return the error.
//! * If a file does not exist or cannot be read, continue with the others: its row contains `cannot
//!   be read: ` and the system's error message. Bytes that are not valid UTF-8 do not make a file
//!   unreadable.
//!
//! `report_by_several` may be called only in a process with one thread, because a fork copies only
//! the calling thread. The checks ensure that this condition holds.
//!
//! [`report`] is already there. It prints a line of headings, and then a line for each file. That
//! line contains the file's name, left-aligned in 12 columns, and ten counts, each of which is a
//! space and the number, right-aligned in 7 columns. The line `total` at the end contains the sums
//! of the columns. If a file has no counts, its line contains the reason instead, after a space.
//! Every line ends with a newline.
//!
//! ```text
//! file               0       1       2       3       4       5       6       7       8       9
//! 1.txt              2       5       4       3       5       1       1       2       4       3
//! 2.txt        cannot be read: No such file or directory (os error 2)
//! total              2       5       4       3       5       1       1       2       4       3
//! ```

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

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
    todo!(
        "create {files} files in {folder:?}, of {lines} lines of up to {longest} characters; {seed}"
    )
}

/// Counts each digit in `text`.
pub fn count_digits(text: &[u8]) -> Counts {
    todo!("count the digits of {} bytes", text.len())
}

/// The report on the files `1.txt` to `{files}.txt` in `folder`, computed in this process.
pub fn report_by_one(folder: &Path, files: usize) -> String {
    todo!("read {files} files in {folder:?}, and return a row for each")
}

/// The same report, computed by `workers` children at the same time.
///
/// # Errors
///
/// Fails if a child cannot be forked or connected to the parent.
pub fn report_by_several(folder: &Path, files: usize, workers: usize) -> io::Result<String> {
    todo!("have {workers} children read {files} files in {folder:?} and return their rows")
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
