//! Names and texts from outside, made harmless for a terminal.

use std::ffi::OsStr;
use std::fmt::Write;

/// `text` in a form that a terminal shows but does not obey.
///
/// A file name, a program's name or its output may hold anything: an escape sequence that clears
/// the screen, a newline that fakes a line of its own, a mark that turns the direction of writing.
/// Such characters are shown as Rust writes them in a string literal, as in `\n`, `\u{1b}` and
/// `\u{202e}`, and bytes that are not UTF-8 as `\xff`. All others stay as they are.
///
/// ```
/// use lesson_cli::printable;
///
/// assert_eq!(printable("möwe ⛵.txt"), "möwe ⛵.txt");
/// assert_eq!(printable("a\nb\x1b[2J"), r"a\nb\u{1b}[2J");
/// ```
pub fn printable(text: impl AsRef<OsStr>) -> String {
    let mut safe = String::new();
    for piece in text.as_ref().as_encoded_bytes().utf8_chunks() {
        for letter in piece.valid().chars() {
            if is_harmless(letter) {
                safe.push(letter);
            } else {
                safe.extend(letter.escape_debug());
            }
        }
        for byte in piece.invalid() {
            let _ = write!(safe, "\\x{byte:02x}"); // into a String, which takes everything
        }
    }
    safe
}

/// Neither a control character nor one that changes the direction of writing (Unicode Standard
/// Annex 9, section 2) nor a separator of lines.
fn is_harmless(letter: char) -> bool {
    let turns = matches!(letter,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let separates = matches!(letter, '\u{2028}' | '\u{2029}');
    !(letter.is_control() || turns || separates)
}

#[cfg(test)]
mod tests {
    use super::printable;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn no_control_character_is_left() {
        let all: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(!printable(&all).contains(char::is_control));
    }

    #[test]
    fn what_turns_or_separates_lines_is_shown() {
        assert_eq!(printable("a\u{202e}b\u{2028}c\u{9b}d\r"), r"a\u{202e}b\u{2028}c\u{9b}d\r");
    }

    #[test]
    fn quotes_and_accents_stay() {
        assert_eq!(printable("l'été \"e\u{301}\" \\"), "l'été \"e\u{301}\" \\");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown() {
        assert_eq!(printable(OsStr::from_bytes(b"a\xffb\xc3")), r"a\xffb\xc3");
    }
}
