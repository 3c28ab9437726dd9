//! How often each digit appears in each of many files, and the report on it.

use std::fmt::Write;
use std::io::{self, Read};
use std::path::Path;

use crate::{cannot_be_read, open};

/// How often each digit appears: `counts[3]` is the number of threes.
pub type Counts = [u64; 10];

/// What the report says about a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Row {
    /// How the report names the file.
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

/// The same for a screen: the columns are as narrow as the numbers allow, the names come last, and
/// only the first `most` rows are shown, beside those without counts.
///
/// ```
/// use filecount::digits::{Row, count_digits, report_for_screen};
///
/// let one = Row { name: "1.txt".to_owned(), counts: Ok(count_digits(b"7, 77 and 0")) };
/// let two = Row { name: "2.txt".to_owned(), counts: Err("cannot be read".to_owned()) };
/// let expected = "
/// |    0    1    2    3    4    5    6    7    8    9  file
/// |    1    0    0    0    0    0    0    3    0    0  1.txt
/// |                                                 -  2.txt: cannot be read
/// |    1    0    0    0    0    0    0    3    0    0  total
/// ";
/// assert_eq!(report_for_screen(&[one, two], 20), expected.trim_start().replace('|', ""));
/// ```
#[must_use]
pub fn report_for_screen(rows: &[Row], most: usize) -> String {
    let mut total: Counts = [0; 10];
    rows.iter().flat_map(|row| &row.counts).for_each(|counts| add(&mut total, counts));
    let widest = total.iter().max().map_or(0, |count| count.to_string().len());
    let width = (widest + 2).max(5);
    let mut table = screen_line("file", width, &std::array::from_fn(|digit| digit as u64));
    let mut hidden = 0;
    for (index, Row { name, counts }) in rows.iter().enumerate() {
        match counts {
            Err(reason) => table += &format!("{:>1$}  {name}: {reason}\n", "-", 10 * width),
            Ok(counts) if index < most => table += &screen_line(name, width, counts),
            Ok(_) => hidden += 1,
        }
    }
    if hidden > 0 {
        table += &format!("{:>1$}  and {hidden} more: see --all\n", "…", 10 * width);
    }
    table + &screen_line("total", width, &total)
}

fn screen_line(name: &str, width: usize, numbers: &Counts) -> String {
    let mut line = String::new();
    for number in numbers {
        let _ = write!(line, "{number:>width$}"); // into a String, which takes everything
    }
    line + "  " + name + "\n"
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
    fn large_numbers_widen_all_columns() {
        let row = |count| Row { name: "x".to_owned(), counts: Ok([count; 10]) };
        let report = report_for_screen(&[row(5), row(123_456)], 9);
        let widths: Vec<usize> = report.lines().map(|line| line.rfind("  ").unwrap_or(0)).collect();
        assert_eq!(widths, [80; 4], "{report}");
    }

    #[test]
    fn what_is_not_shown_is_counted_and_what_failed_is_shown() {
        let mut rows = vec![Row { name: "good".to_owned(), counts: Ok([1; 10]) }; 30];
        rows[25].counts = Err("cannot be read".to_owned());
        let report = report_for_screen(&rows, 20);
        assert_eq!(report.lines().count(), 1 + 20 + 1 + 1 + 1, "{report}");
        assert!(report.contains("-  good: cannot be read\n"), "{report}");
        assert!(report.contains("…  and 9 more: see --all"), "{report}");
        assert!(report.ends_with("  29  total\n"), "{report}");
    }

    #[test]
    fn a_file_is_counted_across_its_blocks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large");
        std::fs::write(&path, "0123456789 ".repeat(20_000)).expect("a new file");
        assert_eq!(count_digits_in_file(&path), Ok([20_000; 10]));
    }
}
