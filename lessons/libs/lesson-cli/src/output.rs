//! Output that nobody may be reading any more, and colour.

use std::io::{self, IsTerminal, Write};

/// Prints one line like `println!`, in one write, and goes on quietly when nobody reads it.
///
/// `println!` panics when standard output is a closed pipe, as behind `| head -1`. A lesson must
/// not: it has children to wait for. So what nobody reads is dropped, and the lesson goes on to
/// its end.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => {{
        $crate::write_out(&(::std::format!($($part)*) + "\n"));
    }};
}

/// Writes `text` to standard output in one write and flushes it, so that nothing is left in a
/// buffer for a forked child to print again. Returns whether anybody is still reading.
///
/// When the output cannot be written for another reason than a closed pipe (a full disk, say),
/// it says so and ends the program with exit code 1.
pub fn write_out(text: &str) -> bool {
    match write_whole(io::stdout().lock(), text) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
        Err(error) => {
            complain(&format!("standard output: {error}\n"));
            std::process::exit(1)
        }
    }
}

/// Writes to standard error; there is nobody to tell if that fails.
pub(crate) fn complain(text: &str) {
    let _ = write_whole(io::stderr().lock(), text);
}

fn write_whole(mut out: impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether to use colour: standard output is a terminal, and `NO_COLOR` is not set
/// (<https://no-color.org>).
pub fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
}
