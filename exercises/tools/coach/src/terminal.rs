//! The terminal while the coach watches: keys one by one, and back to normal however it ends.

use std::io::{self, Write};
use std::panic;
use std::sync::Once;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, queue, terminal};
use nix::sys::signal::{Signal, raise};

use crate::text::cut;

/// A terminal in raw mode: keys come at once, Ctrl-C is a key too. When this value goes, and on a
/// panic, it is as it was.
#[derive(Debug)]
pub struct Terminal {
    width: usize,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// If standard input is none.
    pub fn open() -> io::Result<Terminal> {
        static ONCE: Once = Once::new();
        // Before the message of a panic: in raw mode it would run down the screen like a stair.
        ONCE.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                usual(info);
            }));
        });
        enable_raw_mode()?;
        Ok(Terminal { width: width() })
    }

    /// Its columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// It has another size now.
    pub fn resized(&mut self) {
        self.width = width();
    }

    /// Ctrl-Z: gives the terminal back until the shell's `fg`.
    ///
    /// # Errors
    ///
    /// If it cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        let _ = raise(Signal::SIGTSTP); // goes on here after SIGCONT
        enable_raw_mode()?;
        self.resized();
        Ok(())
    }

    /// Clears the screen and prints; what has scrolled away stays to be read.
    pub fn page(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = queue!(out, terminal::Clear(terminal::ClearType::All), cursor::MoveTo(0, 0));
        write(out, text);
    }

    /// Replaces the last line, below the page.
    pub fn status(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = queue!(out, cursor::MoveToColumn(0));
        let _ = queue!(out, terminal::Clear(terminal::ClearType::CurrentLine));
        // One column less: a cursor beside the last column is where terminals differ.
        write(out, &cut(text, self.width.saturating_sub(1)));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Without a newline's carriage return raw mode would go on in the same column. That nobody can
/// see it, when the terminal has gone, is no fault.
fn write(mut out: impl Write, text: &str) {
    let _ = out.write_all(text.replace('\n', "\r\n").as_bytes());
    let _ = out.flush();
}

/// As it was before, with the cursor at the start of a line.
fn restore() {
    if terminal::is_raw_mode_enabled().unwrap_or(false) {
        write(io::stdout().lock(), "\n");
        let _ = disable_raw_mode();
    }
}

/// Columns of the terminal; 80 where there is none.
pub(crate) fn width() -> usize {
    terminal::size().map_or(80, |(columns, _)| usize::from(columns).max(20))
}
