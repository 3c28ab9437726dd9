//! # process_files: many files, counted by several processes
//!
//! How often does each digit appear in each of many files? Make the files, count in one process,
//! then in several: the report must be the same, byte for byte.
//!
//! * [`make_files`] makes `1.txt`, `2.txt`, … in a folder. Each has `lines` lines, each line a
//!   random number of random printable ASCII characters (from space to `~`), at most `longest`, and
//!   a newline. `longest` may be 0. The same seed gives the same files, another seed (of 64 bits)
//!   others; no two files of a run are alike. A file that cannot be written is an error.
//! * [`count_digits`] counts the digits of a text, all of them.
//! * [`report_by_one`] reads the files in this process, one by one.
//! * [`report_by_several`] has `workers` children read them at the same time (no more than there
//!   are files), and reads none itself. Its rows stand in the same order, 1, 2, 3, …, 10, 11, …,
//!   whoever is done first. You may use your [`pool_map`](crate::pool_map), or a pipe for each child.
//! * If a child dies, you may return an error, or put a reason into the rows that it would have
//!   counted. No count may be wrong. A read or write may transfer a part, and a signal may interrupt a
//!   call (`EINTR`). The caller may have other children.
//! * If a child cannot be forked, or connected with its parent, no more are forked; wait for those that
//!   there are, and return the error.
//! * A file that has vanished, or cannot be read, is no reason to stop: its row says
//!   `cannot be read: ` and the system's reason. Bytes that are not UTF-8 are none either.
//!
//! `report_by_several` may be called only in a process with one thread, because a child has a copy of
//! the calling thread alone. The checks see to that.
//!
//! [`report`] is there already. Its format: a line of headings; a line for each file: its name, to
//! the left in 12 columns, then ten counts, each a space and the number to the right in 7 columns;
//! a line `total` with the sums of the columns. A file without counts has its reason there, after
//! a space. Every line ends with a newline.
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

/// What the report says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The file's name, without its folder.
    pub name: String,
    /// How often each digit appears in it, or why that is not known.
    pub counts: Result<Counts, String>,
}

/// Makes the files `1.txt` to `{files}.txt` in `folder`, each with `lines` lines of at most
/// `longest` random characters.
///
/// # Errors
///
/// A file cannot be written.
pub fn make_files(
    folder: &Path,
    files: usize,
    lines: usize,
    longest: usize,
    seed: u64,
) -> io::Result<()> {
    todo!(
        "make {files} files in {folder:?}, of {lines} lines of up to {longest} characters; {seed}"
    )
}

/// Counts each digit in `text`.
pub fn count_digits(text: &[u8]) -> Counts {
    todo!("count the digits of {} bytes", text.len())
}

/// The report on the files `1.txt` to `{files}.txt` in `folder`, made in this process.
pub fn report_by_one(folder: &Path, files: usize) -> String {
    todo!("read {files} files in {folder:?}, a row for each")
}

/// The same report, made by `workers` children at the same time.
///
/// # Errors
///
/// The system's reason why it did not fork, or connect the processes.
pub fn report_by_several(folder: &Path, files: usize, workers: usize) -> io::Result<String> {
    todo!("have {workers} children read {files} files in {folder:?}, and bring their rows home")
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
        let _ = write!(line, " {number:>7}"); // into a String, which takes everything
    }
    line + "\n"
}
