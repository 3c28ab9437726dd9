//! Where samples go: a table at the bottom of a terminal, or lines in a pipe or a file.
//!
//! The command writes to the terminal directly, with nothing in between, so it behaves as usual.
//! What keeps its output out of the table is the terminal's *scroll region*: only the rows above
//! the table scroll. Each drawing is one write, so that the command cannot write in the middle
//! of it, and it leaves the cursor where the command had it. The control sequences are those of
//! the VT100 (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>).

use std::fmt::Write as _;
use std::io::{IsTerminal, stdout};
use std::time::Duration;

use lesson_cli::{colour, write_out};
use procinfo::{WindowSize, window_size};

use crate::sample::Process;
use crate::table::{Style, lines};

const SAVE_CURSOR: &str = "\x1b7";
const RESTORE_CURSOR: &str = "\x1b8";
/// The whole screen scrolls again. Moves the cursor.
const NO_REGION: &str = "\x1b[r";
const ERASE_BELOW: &str = "\x1b[J";
const ERASE_REST_OF_LINE: &str = "\x1b[K";
/// One row down in the same column; in the last row everything scrolls up by one.
const DOWN: &str = "\x0b";

/// Shows samples in the way that suits standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    is_terminal: bool,
    /// The part of the terminal that the table occupies, once it is drawn.
    table: Option<Table>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Table {
    /// Of the terminal.
    size: WindowSize,
    height: u16,
}

impl Screen {
    pub(crate) fn new() -> Self {
        // A dumb terminal has no scroll region, and gets lines as a pipe does.
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Screen { is_terminal: stdout().is_terminal() && !is_dumb, table: None }
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Shows a sample taken `elapsed` after the start. False when the output has lost its reader.
    pub(crate) fn show(&mut self, sample: &[Process], elapsed: Duration) -> bool {
        match window_size(stdout()).filter(|_| self.is_terminal) {
            Some(size) => self.draw(sample, elapsed, size),
            None => write_out(&(lines(sample, elapsed, Style::UNLIMITED).join("\n") + "\n\n")),
        }
    }

    fn draw(&mut self, sample: &[Process], elapsed: Duration, size: WindowSize) -> bool {
        let WindowSize { columns, rows } = size;
        // At least half of the terminal is left to the command.
        let style = Style { width: columns.into(), height: (rows / 2).into(), colour: colour() };
        let lines = lines(sample, elapsed, style);
        let height = lines.len().try_into().expect("BUG: at most half of the rows");

        let (table, mut out) = self.make_room(Table { size, height });
        out += SAVE_CURSOR;
        for row in 0..table.height {
            let line = lines.get(usize::from(row)).map_or("", |line| line);
            let at = rows - table.height + row + 1;
            let _ = write!(out, "\x1b[{at};1H{line}{ERASE_REST_OF_LINE}");
        }
        out += RESTORE_CURSOR;
        write_out(&out)
    }

    /// The table that there will be, and the control sequences for it: none if it is already drawn
    /// and high enough. It does not shrink, so that the command's output does not jump.
    fn make_room(&mut self, wanted: Table) -> (Table, String) {
        if let Some(table) = self.table
            && table.size == wanted.size
            && table.height >= wanted.height
        {
            return (table, String::new());
        }
        let mut out = self.give_back();
        let height = wanted.height;
        if height > 0 {
            // If the cursor is too far down, the output above it scrolls up, and it with that.
            out += &DOWN.repeat(height.into());
            let last = wanted.size.rows - height;
            let _ = write!(out, "\x1b[{height}A{SAVE_CURSOR}\x1b[1;{last}r{RESTORE_CURSOR}");
        }
        self.table = Some(wanted);
        (wanted, out)
    }

    /// The control sequences after which the terminal is as if there had been no table. Also
    /// when its size has changed: the cursor is where the command's output ends, and all below
    /// that is ours.
    fn give_back(&mut self) -> String {
        match self.table.take() {
            Some(_) => format!("{SAVE_CURSOR}{NO_REGION}{RESTORE_CURSOR}{ERASE_BELOW}"),
            None => String::new(),
        }
    }

    /// Removes the table. The next sample draws it again.
    pub(crate) fn clear(&mut self) {
        let out = self.give_back();
        if !out.is_empty() {
            write_out(&out);
        }
    }

    /// Removes the table, and prints the closing summary on a line of its own.
    pub(crate) fn finish(&mut self, words: &str) {
        let columns = self.table.map_or(0, |table| usize::from(table.size.columns));
        let mut out = self.give_back();
        if columns > 0 {
            // The cursor may be at the start of a line or not, and a terminal does not say which.
            // If it is, these blanks stay in that line; if not, they end in the next.
            let _ = write!(out, "{}\r{ERASE_REST_OF_LINE}", " ".repeat(columns - 1));
        }
        write_out(&(out + words + "\n"));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.clear();
    }
}
