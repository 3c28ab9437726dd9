//! How often each digit appears in each of many files, and the report on it.

use std::fmt::Write;
use std::io::{self, Read};
use std::path::Path;

use crate::{cannot_be_read, open};

/// How often each digit appears: `counts[3]` is the number of threes.
pub type Counts = [u64; 10];

/// What the report says of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Row {
    /// How the report calls the file.
    pub name: String,
    /// How often each digit appears in it, or why that is not known.
    pub counts: Result<Counts, String>,
}

/// Counts each digit in `text`, which need not be UTF-8: in UTF-8 a digit is one byte, and no
/// byte of another character looks like one.
#[must_use]
pub fn count_digits(text: &[u8]) -> Counts {
    let mut counts = [0; 10];
    for byte in text.iter().filter(|byte| byte.is_ascii_digit()) {
        counts[usize::from(byte - b'0')] += 1;
    }
    counts
}

/// Adds the counts of one text to those of another.
pub fn add(sum: &mut Counts, counts: &Counts) {
    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

/// Counts each digit in a file.
///
/// # Errors
///
/// In words: the file cannot be read.
pub fn count_digits_in_file(path: &Path) -> Result<Counts, String> {
    count(path).map_err(|error| cannot_be_read(&error))
}

fn count(path: &Path) -> io::Result<Counts> {
    let (mut file, mut block, mut sum) = (open(path)?, vec![0; 64 * 1024], [0; 10]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(sum),
            length => add(&mut sum, &count_digits(&block[..length])),
        }
    }
}

/// The rows as a table: headings, a line for each row, the total. A row without counts has its
/// reason there. The column of names is 12 wide, more if a name is longer.
///
/// ```
/// use filecount::digits::{Row, count_digits, report};
///
/// let one = Row { name: "1.txt".to_owned(), counts: Ok(count_digits(b"7, 77 and 0")) };
/// let two = Row { name: "2.txt".to_owned(), counts: Err("cannot be read".to_owned()) };
/// let expected = "\
/// file               0       1       2       3       4       5       6       7       8       9
/// 1.txt              1       0       0       0       0       0       0       3       0       0
/// 2.txt        cannot be read
/// total              1       0       0       0       0       0       0       3       0       0
/// ";
/// assert_eq!(report(&[one, two]), expected);
/// ```
#[must_use]
pub fn report(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(12);
    let mut total: Counts = [0; 10];
    let mut table = line("file", width, &std::array::from_fn(|digit| digit as u64));
    for Row { name, counts } in rows {
        match counts {
            Ok(counts) => {
                table += &line(name, width, counts);
                add(&mut total, counts);
            }
            Err(reason) => table += &format!("{name:<width$} {reason}\n"),
        }
    }
    table + &line("total", width, &total)
}

fn line(name: &str, width: usize, numbers: &Counts) -> String {
    let mut line = format!("{name:<width$}");
    for number in numbers {
        let _ = write!(line, " {number:>7}"); // into a String, which takes everything
    }
    line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_digits_of_a_line_count_and_nothing_else() {
        assert_eq!(count_digits(b"0 11 \xff222\xc2\xb3 x9"), [1, 2, 3, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn a_long_name_widens_its_column() {
        let name = "a-folder/with/many.txt".to_owned();
        let report = report(&[Row { name, counts: Ok([5; 10]) }]);
        let widths: Vec<usize> = report.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths, [22 + 80; 3], "{report}");
    }

    #[test]
    fn a_file_is_counted_across_its_blocks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large");
        std::fs::write(&path, "0123456789 ".repeat(20_000)).expect("a new file");
        assert_eq!(count_digits_in_file(&path), Ok([20_000; 10]));
    }
}
