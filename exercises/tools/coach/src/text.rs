//! Text for a terminal: colour, lines that fit, and nothing that could control the terminal.

use crossterm::style::Stylize;
use lesson_cli::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    /// Whether to use any.
    pub(crate) on: bool,
}

impl Paint {
    /// A title.
    pub(crate) fn bold(self, text: &str) -> String {
        if self.on { text.bold().to_string() } else { text.to_owned() }
    }

    /// Something that went well.
    pub(crate) fn green(self, text: &str) -> String {
        if self.on { text.green().bold().to_string() } else { text.to_owned() }
    }

    /// Something that went wrong.
    pub(crate) fn red(self, text: &str) -> String {
        if self.on { text.red().bold().to_string() } else { text.to_owned() }
    }

    /// Something that needs attention and is no error.
    pub(crate) fn yellow(self, text: &str) -> String {
        if self.on { text.yellow().bold().to_string() } else { text.to_owned() }
    }

    /// Code in prose.
    pub(crate) fn code(self, text: &str) -> String {
        if self.on { text.cyan().to_string() } else { text.to_owned() }
    }

    /// Text that is only background.
    pub(crate) fn dim(self, text: &str) -> String {
        if self.on { text.dim().to_string() } else { text.to_owned() }
    }
}

/// Breaks lines that are wider than `width` between words. The rest of a line is indented like its
/// beginning, and below the text of a list item. Words that are wider stay whole.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| wrap_line(line, width)).collect()
}

fn wrap_line(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let (body, end) = line.split_at(line.trim_end_matches('\n').len());
    let text = body.trim_start();
    let first = body.len() - text.len();
    let rest = first + marker(text);
    // In a narrow terminal a deep indent would leave no room.
    let indent =
        |columns: usize| if columns * 2 > width { String::new() } else { " ".repeat(columns) };
    let (first, rest) = (indent(first), indent(rest));
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(&first)
        .subsequent_indent(&rest);
    textwrap::fill(text.trim_end(), options) + end
}

/// The columns of the `- ` or `12. ` that a list item begins with, or of the branches in front of a
/// process in a tree and of two spaces more.
fn marker(text: &str) -> usize {
    if text.starts_with(['│', '├', '└']) {
        let branches = text.chars().take_while(|&c| "│├└─ ".contains(c));
        return branches.count() + 2;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = if digits > 0 { digits + 2 } else { 2 };
    let is_marker = text.starts_with("- ") || digits > 0 && text[digits..].starts_with(". ");
    if is_marker { mark } else { 0 }
}

/// Joins the lines of paragraphs, so that they can be wrapped at another width. Lines that are
/// indented, or short enough to be lines of their own, stay as they are.
pub(crate) fn refill(text: &str) -> String {
    let mut filled = String::new();
    let mut before = ""; // the line before, if it can go on
    for line in text.lines() {
        let is_prose =
            line.starts_with(char::is_alphanumeric) || line.starts_with(['"', '\'', '`']);
        if is_prose && before.len() > 60 {
            filled.push(' ');
        } else if !filled.is_empty() {
            filled.push('\n');
        }
        filled.push_str(line);
        before = if is_prose { line } else { "" };
    }
    filled + if text.ends_with('\n') { "\n" } else { "" }
}

/// How many columns a line takes, without its newline and its colours.
pub(crate) fn columns(line: &str) -> usize {
    pieces(line.trim_end_matches('\n')).map(|piece| piece.columns()).sum()
}

/// As much of a line as fits, with "…" for what does not.
pub(crate) fn cut(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let (mut text, mut used, mut coloured) = (String::new(), 0, false);
    for piece in pieces(line) {
        used += piece.columns();
        if used >= width {
            break;
        }
        coloured |= matches!(piece, Piece::Colour(_));
        text.push_str(piece.text());
    }
    text + if coloured { "…\x1b[0m" } else { "…" }
}

/// Breaks lines that belong below each other, such as code and the carets under it, at the same
/// columns. The marks in the first `gutter` columns stand before each part of a line, the words
/// there before the first.
pub(crate) fn fold_together(lines: &[&str], gutter: usize, width: usize) -> String {
    let room = width.saturating_sub(gutter).max(8);
    let parts: Vec<(String, Vec<String>)> =
        lines.iter().map(|line| split_columns(line, gutter, room)).collect();
    let most = parts.iter().map(|(_, parts)| parts.len()).max().unwrap_or_default();
    let mut folded = String::new();
    for part in 0..most {
        for (head, parts) in &parts {
            let head = if part == 0 { head } else { &without_words(head) };
            let text = parts.get(part).map_or("", String::as_str);
            if part == 0 || columns(text.trim_end()) > 0 {
                folded.push_str(format!("{head}{text}").trim_end());
                folded.push('\n');
            }
        }
    }
    folded
}

/// What stands before the code, without line numbers and other words.
fn without_words(head: &str) -> String {
    let blank = |c: char| if c.is_alphanumeric() || c == ':' { ' ' } else { c };
    let keep = |piece: Piece<'_>| match piece {
        Piece::Colour(code) => code.to_owned(),
        Piece::Letter(letter) => letter.chars().map(blank).collect(),
    };
    pieces(head).map(keep).collect()
}

/// The first `gutter` columns of a line, and the rest in parts of `room` columns. A colour that is
/// on at the end of a part is on again in the next one.
fn split_columns(line: &str, gutter: usize, room: usize) -> (String, Vec<String>) {
    let (mut head, mut parts, mut part) = (String::new(), Vec::new(), String::new());
    let (mut at, mut colour) = (0, String::new());
    for piece in pieces(line.trim_end_matches('\n')) {
        if let Piece::Colour(code) = piece {
            colour =
                if code == "\x1b[0m" || code == "\x1b[m" { String::new() } else { colour + code };
        }
        if at < gutter {
            head.push_str(piece.text());
        } else {
            if at > gutter && (at - gutter).is_multiple_of(room) && piece.columns() > 0 {
                let end = if colour.is_empty() { "" } else { "\x1b[0m" };
                parts.push(std::mem::replace(&mut part, colour.clone()) + end);
            }
            part.push_str(piece.text());
        }
        at += piece.columns();
    }
    parts.push(part);
    (head, parts)
}

/// A colour code, or a letter.
enum Piece<'a> {
    Colour(&'a str),
    Letter(&'a str),
}

impl Piece<'_> {
    fn text(&self) -> &str {
        match self {
            Piece::Colour(text) | Piece::Letter(text) => text,
        }
    }

    fn columns(&self) -> usize {
        match self {
            Piece::Colour(_) => 0,
            Piece::Letter(letter) => letter.width(),
        }
    }
}

fn pieces(mut text: &str) -> impl Iterator<Item = Piece<'_>> {
    std::iter::from_fn(move || {
        let first = text.chars().next()?;
        let code = colour_code(text);
        let (piece, rest) = text.split_at(if code > 0 { code } else { first.len_utf8() });
        text = rest;
        Some(if code > 0 { Piece::Colour(piece) } else { Piece::Letter(piece) })
    })
}

/// The length of the colour code that a text begins with, or 0.
/// (<https://man7.org/linux/man-pages/man4/console_codes.4.html>: ESC [ parameters m.)
fn colour_code(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\x1b[") else { return 0 };
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':');
    end.filter(|end| parameters[*end..].starts_with('m')).map_or(0, |end| end + 3)
}

/// The text with every character escaped that could do something to the terminal, but for
/// newlines. A tab is four columns.
pub(crate) fn harmless(text: &str) -> String {
    let lines =
        text.split('\n').map(|line| printable(line.replace('\t', "    ").trim_end_matches('\r')));
    lines.collect::<Vec<_>>().join("\n")
}

/// The same for text that may have colours: they stay.
pub(crate) fn harmless_with_colours(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', "    ");
    let keep = |piece: Piece<'_>| match piece {
        Piece::Colour(code) => code.to_owned(),
        Piece::Letter("\n") => "\n".to_owned(),
        Piece::Letter(letter) if letter.chars().all(|c| c.width().is_some()) => letter.to_owned(),
        Piece::Letter(letter) => printable(letter),
    };
    pieces(&text).map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_go_on_under_the_first() {
        assert_eq!(wrap("  one two three\nshort\n", 9), "  one two\n  three\nshort\n");
        assert_eq!(wrap("1. one two three\n", 11), "1. one two\n   three\n");
        assert_eq!(wrap("  ├─ 2 child: waits\n", 14), "  ├─ 2 child:\n       waits\n");
    }

    #[test]
    fn colours_take_no_room() {
        let red = "\x1b[31mone\x1b[0m two\n";
        assert_eq!(columns(red), 7);
        assert_eq!(wrap(red, 7), red);
        assert_eq!(cut(red, 5), "\x1b[31mone\x1b[0m …\x1b[0m");
    }

    #[test]
    fn a_deep_indent_does_not_leave_a_column_of_letters() {
        assert_eq!(wrap("          one two", 10), "one two");
    }

    #[test]
    fn paragraphs_are_filled_anew_and_other_lines_are_not() {
        let long = "One word after the other until the line is quite full, and then there is";
        let text = format!("{long}\nmore.\n  got:    [1]\n  wanted: [2]\n");
        assert_eq!(refill(&text), format!("{long} more.\n  got:    [1]\n  wanted: [2]\n"));
        assert_eq!(refill("Short.\nAlso short.\n"), "Short.\nAlso short.\n");
    }

    #[test]
    fn what_stands_below_each_other_stays_so() {
        let lines = ["1 | let answer = call();", "  |              ^^^^^^"];
        let wanted = "1 | let answer =\n  |\n  |  call();\n  |  ^^^^^^\n";
        assert_eq!(fold_together(&lines, 4, 16), wanted);
        let coloured = fold_together(&["12 \x1b[31mabcdefghijk\x1b[0m"], 3, 11);
        assert_eq!(coloured, "12 \x1b[31mabcdefgh\x1b[0m\n   \x1b[31mijk\x1b[0m\n");
    }

    #[test]
    fn nothing_controls_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\r\nc\td\n"), "a\\u{1b}[2Jb\nc    d\n");
        let kept = harmless_with_colours("\x1b[1;31mred\x1b[0m\x1b[2J\x07\n");
        assert_eq!(kept, "\x1b[1;31mred\x1b[0m\\u{1b}[2J\\u{7}\n");
    }
}
