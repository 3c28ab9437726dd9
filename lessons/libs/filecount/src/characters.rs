//! How many characters a text has, and of which kinds.

use std::io::Read;
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

    /// Counts all characters of a file, block by block, so that neither the file nor one of its
    /// lines has to fit into the memory.
    ///
    /// # Errors
    ///
    /// In words: the file cannot be read, or where it is not UTF-8.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let mut file = open(path).map_err(|error| cannot_be_read(&error))?;
        let (mut block, mut kept) = (vec![0; 64 * 1024], 0);
        let (mut sum, mut place) = (Characters::default(), Place { line: 1, byte: 1 });
        loop {
            let read = file.read(&mut block[kept..]).map_err(|error| cannot_be_read(&error))?;
            let bytes = &block[..kept + read];
            let Some(piece) = bytes.utf8_chunks().next() else { return Ok(sum) };
            sum += Characters::of_text(piece.valid());
            place.pass(piece.valid());
            // A block may end within a character, of which at most three bytes are there.
            let rest = piece.valid().len()..bytes.len();
            if !rest.is_empty() && (read == 0 || rest.len() > 3) {
                return Err(format!("is not UTF-8: line {}, byte {}", place.line, place.byte));
            }
            kept = rest.len();
            block.copy_within(rest, 0);
        }
    }

    /// How many characters there are.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.digits + self.spaces + self.letters + self.other
    }
}

/// Where in a text, both counted from 1.
struct Place {
    line: u64,
    byte: usize,
}

impl Place {
    fn pass(&mut self, text: &str) {
        match text.rsplit_once('\n') {
            None => self.byte += text.len(),
            Some((lines, rest)) => {
                self.line += 1 + lines.bytes().filter(|byte| *byte == b'\n').count() as u64;
                self.byte = 1 + rest.len();
            }
        }
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
    fn characters_may_lie_across_the_ends_of_blocks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("text");
        for before in 0..4 {
            let text = "x".repeat(before) + &"⛵".repeat(60_000);
            std::fs::write(&path, &text).expect("a new file");
            assert_eq!(Characters::of_file(&path), Ok(Characters::of_text(&text)));
        }
        for torn in [&b"\xe2\x9b"[..], b"\xff", b"\xffab", b"\xe2ab\n"] {
            std::fs::write(&path, [b"a\nbc", torn].concat()).expect("a new file");
            assert_eq!(Characters::of_file(&path), Err("is not UTF-8: line 2, byte 3".to_owned()));
        }
    }

    #[test]
    fn what_is_no_file_does_not_hang() {
        let folder = tempfile::tempdir().expect("a folder");
        let (pipe, link) = (folder.path().join("pipe"), folder.path().join("loop"));
        make_pipe(&pipe);
        std::os::unix::fs::symlink(&link, &link).expect("a link");
        let socket = folder.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        for path in [&*pipe, &link, &socket, Path::new("/dev/zero")] {
            let reason = Characters::of_file(path).expect_err("it is no file");
            assert!(reason.starts_with("cannot be read: "), "{}: {reason}", path.display());
        }
    }

    fn make_pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo");
        assert!(made.success());
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
