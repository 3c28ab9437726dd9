//! The terminal while the coach watches: keys one by one, and back to normal however it ends.

use std::io::{self, IsTerminal, Write};
use std::panic;
use std::sync::Once;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, queue, terminal};
use nix::sys::signal::{Signal, raise};

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// A terminal in raw mode: keys come at once, Ctrl-C is a key too. When this value goes, and on a
/// panic, it is as it was.
#[derive(Debug)]
pub(crate) struct Terminal(());

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    ///
    /// If standard input is none.
    pub(crate) fn open() -> io::Result<Terminal> {
        static ONCE: Once = Once::new();
        // Before the message of a panic: in raw mode its lines would not begin at the left.
        ONCE.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                usual(info);
            }));
        });
        enable_raw_mode()?;
        Ok(Terminal(()))
    }

    /// Ctrl-Z: gives the terminal back until the shell's `fg`.
    ///
    /// # Errors
    ///
    /// If it cannot be taken again.
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        restore();
        let _ = raise(Signal::SIGTSTP); // goes on here after SIGCONT
        enable_raw_mode()
    }

    /// Clears the screen and prints.
    pub(crate) fn print_page(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = queue!(out, terminal::Clear(terminal::ClearType::All), cursor::MoveTo(0, 0));
        write(out, text);
    }

    /// Replaces the last line, below the page.
    pub(crate) fn print_last_line(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = queue!(out, cursor::MoveToColumn(0));
        let _ = queue!(out, terminal::Clear(terminal::ClearType::CurrentLine));
        write(out, text);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// In raw mode a newline does not go to the left by itself. A terminal that has gone shows nothing,
/// which is no fault.
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

/// The size of the terminal; 80 columns and 24 rows where none can be asked.
pub(crate) fn size() -> Size {
    let size = procinfo::window_size(io::stdout());
    size.map_or(Size { width: 80, height: 24 }, |size| Size {
        width: usize::from(size.columns).max(20),
        height: usize::from(size.rows).max(10),
    })
}

/// Whether keys can be read and a screen be drawn: a terminal that calls itself dumb, as in some
/// editors, has no way to move the cursor.
pub(crate) fn is_there() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb
}
