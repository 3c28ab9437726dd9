//! Text for a terminal: colour, and lines that end between words.

use crossterm::style::Stylize;
use unicode_width::UnicodeWidthStr;

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    /// Whether to use any.
    pub on: bool,
}

impl Paint {
    /// What stands out.
    pub fn bold(self, text: &str) -> String {
        if self.on { text.bold().to_string() } else { text.to_owned() }
    }

    /// What went well.
    pub fn green(self, text: &str) -> String {
        if self.on { text.green().bold().to_string() } else { text.to_owned() }
    }

    /// What went wrong.
    pub fn red(self, text: &str) -> String {
        if self.on { text.red().bold().to_string() } else { text.to_owned() }
    }

    /// Code in prose.
    pub fn code(self, text: &str) -> String {
        if self.on { text.cyan().to_string() } else { text.to_owned() }
    }
}

/// Breaks lines that are wider than `width` between words. The rest of a line begins under its
/// first word. Lines that cannot be broken stay as they are.
pub fn wrap(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let (body, end) = line.split_at(line.trim_end_matches('\n').len());
    let indent: String = body.chars().take_while(|c| *c == ' ').collect();
    // In a narrow terminal a deep indent would leave no room.
    let indent = if indent.len() * 2 > width { String::new() } else { indent };
    let (mut text, mut at) = (indent.clone(), indent.len());
    for (number, word) in body.split_whitespace().enumerate() {
        let wide = columns(word);
        if number > 0 && at + 1 + wide > width {
            text = text + "\n" + &indent;
            at = indent.len();
        } else if number > 0 {
            text.push(' ');
            at += 1;
        }
        text.push_str(word);
        at += wide;
    }
    text + end
}

/// How many columns a line takes, without its newline and its colours.
pub(crate) fn columns(line: &str) -> usize {
    let mut parts = line.trim_end_matches('\n').split("\x1b[");
    let first = parts.next().unwrap_or_default().width();
    let rest = parts.map(|part| part.split_once('m').map_or(0, |(_, text)| text.width()));
    first + rest.sum::<usize>()
}

/// As much of a line as fits, with "…" for what does not.
pub(crate) fn cut(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_go_on_under_the_first() {
        assert_eq!(wrap("  one two three\nshort\n", 9), "  one two\n  three\nshort\n");
    }

    #[test]
    fn colours_take_no_room() {
        let red = "\x1b[31mone\x1b[0m two\n";
        assert_eq!(columns(red), 7);
        assert_eq!(wrap(red, 7), red);
    }

    #[test]
    fn a_deep_indent_does_not_leave_a_column_of_letters() {
        assert_eq!(wrap("          one two", 10), "one two");
    }
}
