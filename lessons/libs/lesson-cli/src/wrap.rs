//! Long lines on narrow terminals.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How far the second and later pieces of a line are indented, more than the first.
const HANG: usize = 4;

/// Breaks each line of `text` that is wider than `width` columns between two words, so that the
/// terminal does not split a word. All but the first piece hang below the line's second column, as
/// in a usage text, or a little to the right of its beginning. A word that is wider than the
/// terminal keeps a piece of its own. Nothing is left out.
///
/// ```
/// use lesson_cli::wrapped;
///
/// let usage = "  --twice  count a second time, which takes longer";
/// let expected = "  --twice  count a second time,\n           which takes longer";
/// assert_eq!(wrapped(usage, 34), expected);
/// ```
pub fn wrapped(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| broken(line, width)).collect()
}

fn broken(line: &str, width: usize) -> String {
    if line.trim_end().width() <= width {
        return line.to_owned();
    }
    // A long word may need the room that a deep second column would leave empty.
    let longest = line.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0);
    let hang = hang(line).min(width / 2).min(width.saturating_sub(longest));
    let (mut done, mut column, mut is_new) = (String::new(), 0, true);
    let mut rest = line.trim_end();
    while !rest.is_empty() {
        // The blanks before a word belong to it, unless a new piece begins with them.
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let end = rest[blanks..].find(' ').map_or(rest.len(), |end| blanks + end);
        let (word, after) = rest.split_at(end);
        if !is_new && column + word.width() > width {
            done.truncate(done.trim_end_matches(' ').len());
            done += "\n";
            done += &" ".repeat(hang);
            column = hang + word[blanks..].width();
            done += &word[blanks..];
        } else {
            column += word.width();
            done += word;
        }
        (rest, is_new) = (after, false);
    }
    done + &line[line.trim_end().len()..]
}

/// Where the second column of a line begins: behind the first two blanks in a row after its
/// beginning.
fn hang(line: &str) -> usize {
    let start = line.len() - line.trim_start_matches(' ').len();
    let Some(gap) = line[start..].trim_end().find("  ").map(|gap| start + gap) else {
        return start + HANG;
    };
    let second = line[gap..].trim_start_matches(' ');
    line[..line.len() - second.len()].chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        let text = "  a   b \n\n   \nc\n";
        assert_eq!(wrapped(text, 8), text);
    }

    #[test]
    fn a_long_word_hangs_less_deep() {
        let line = "    seven: 7  12345678901234567890 x";
        assert_eq!(wrapped(line, 24), "    seven: 7\n    12345678901234567890\n    x");
    }

    #[test]
    fn no_word_is_lost_or_torn_at_any_width() {
        let text =
            "one two  three four-and-twenty-blackbirds möwe ⛵ お茶\n  x  seven, eight nine ten\n";
        for width in 4..80 {
            let broken = wrapped(text, width);
            assert!(broken.split_whitespace().eq(text.split_whitespace()), "{width}: {broken}");
            for line in broken.lines() {
                let one_word = line.split_whitespace().count() == 1;
                assert!(line.width() <= width || one_word, "{width}: {line:?}");
            }
        }
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(wrapped("お茶 お茶 x\n", 9), "お茶 お茶\n    x\n");
    }

    #[test]
    fn a_line_without_columns_hangs_a_little() {
        assert_eq!(wrapped("a bb ccc dddd\n", 9), "a bb ccc\n    dddd\n");
    }
}
