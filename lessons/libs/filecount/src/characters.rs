//! How many characters a text has, and of which kinds.

use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::path::Path;

use crate::{cannot_be_read, open};

/// The characters of a text, counted. Every character is of one kind only, so the kinds add up to
/// [`Characters::all`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Characters {
    /// 0 to 9.
    pub digits: u64,
    /// White space of any script, with the ends of lines ([`char::is_whitespace`]).
    pub spaces: u64,
    /// Letters of any script ([`char::is_alphabetic`]).
    pub letters: u64,
    /// Everything else.
    pub other: u64,
}

impl Characters {
    /// Counts all characters of `text`.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let mut count = Characters::default();
        for character in text.chars() {
            match character {
                '0'..='9' => count.digits += 1,
                c if c.is_whitespace() => count.spaces += 1,
                c if c.is_alphabetic() => count.letters += 1,
                _ => count.other += 1,
            }
        }
        count
    }

    /// Counts all characters of a file, line by line, so that it may be larger than the memory.
    ///
    /// # Errors
    ///
    /// In words: the file cannot be read, or where it is not UTF-8.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let mut file = open(path).map(BufReader::new).map_err(|error| cannot_be_read(&error))?;
        let (mut sum, mut line) = (Characters::default(), Vec::new());
        for number in 1.. {
            line.clear();
            let read = file.read_until(b'\n', &mut line);
            if read.map_err(|error| cannot_be_read(&error))? == 0 {
                break;
            }
            // No character of several bytes has a newline in it, so a line holds whole ones.
            let text = str::from_utf8(&line).map_err(|error| {
                format!("is not UTF-8: line {number}, byte {}", error.valid_up_to() + 1)
            })?;
            sum += Characters::of_text(text);
        }
        Ok(sum)
    }

    /// How many characters there are.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.digits + self.spaces + self.letters + self.other
    }
}

impl AddAssign for Characters {
    fn add_assign(&mut self, other: Self) {
        self.digits += other.digits;
        self.spaces += other.spaces;
        self.letters += other.letters;
        self.other += other.other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_line_counts_not_only_the_first() {
        let count = Characters::of_text("a1b22c333 4444\n");
        assert_eq!(count, Characters { digits: 10, spaces: 2, letters: 3, other: 0 });
    }

    #[test]
    fn characters_are_not_bytes() {
        let count = Characters::of_text("möwe ⛵ 日本\u{a0}٣½");
        assert_eq!(count, Characters { digits: 0, spaces: 3, letters: 6, other: 3 });
        assert_eq!(count.all(), 12);
    }

    #[test]
    fn a_file_is_the_sum_of_its_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text");
        std::fs::write(&path, "ä1\n\n⛵ 2").expect("a new file");
        assert_eq!(Characters::of_file(&path), Ok(Characters::of_text("ä1\n\n⛵ 2")));
        std::fs::write(&path, b"good\nbad: \xff").expect("a new file");
        assert_eq!(Characters::of_file(&path), Err("is not UTF-8: line 2, byte 6".to_owned()));
    }
}
