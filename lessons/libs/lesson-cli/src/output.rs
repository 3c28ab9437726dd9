//! Output that may have lost its reader, and colour.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;

use crate::wrapped;

/// Prints one line like `println!`, in one write, and continues quietly if the reader is gone.
///
/// `println!` panics when standard output is a closed pipe, as behind `| head -1`. A lesson must
/// not panic there, because it has children to wait for. So it drops output that cannot be read
/// any more and runs to its end. On a terminal that is too narrow for the line, the line is
/// [broken](wrapped) between words.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => {{
        $crate::write_lines(&(::std::format!($($part)*) + "\n"));
    }};
}

/// Why standard output accepted no more, unless the reader had merely gone.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Writes `text` to standard output in one write and flushes it, so that nothing is left in a
/// buffer for a forked child to print again. Returns whether it could be written.
///
/// When the output cannot be written for another reason than a closed pipe (a full disk, say), the
/// lesson still continues, because it has children to wait for. [`run`](crate::run) reports
/// the reason at the end.
pub fn write_out(text: &str) -> bool {
    match write_whole(io::stdout().lock(), text) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
        Err(error) => {
            let _ = FAILED.set(error); // the first reason counts
            false
        }
    }
}

/// [`write_out`] for lines of words, which are [broken](wrapped) where the terminal is narrower.
pub fn write_lines(text: &str) -> bool {
    write_out(&for_terminal(io::stdout(), text))
}

/// Why standard output could not be written, if so; a reader that has gone does not count. [`run`]
/// asks for it at the end, and so does any other program that prints by this module.
///
/// [`run`]: crate::run
pub fn output_failure() -> Option<&'static io::Error> {
    FAILED.get()
}

/// Writes lines to standard error in one write. If that fails too, there is nowhere left to
/// report it; `eprintln!` would panic.
pub fn complain(text: &str) {
    let _ = write_whole(io::stderr().lock(), &for_terminal(io::stderr(), text));
}

fn for_terminal(stream: impl AsFd, text: &str) -> String {
    match procinfo::window_size(stream) {
        Some(size) => wrapped(text, size.columns.into()),
        None => text.to_owned(),
    }
}

fn write_whole(mut out: impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether to use colour on standard output: [`colour_on`] for that stream.
pub fn colour() -> bool {
    colour_on(&io::stdout())
}

/// Whether to use colour on `stream`. In this order:
///
/// 1. `NO_COLOR`, not empty: no (<https://no-color.org>);
/// 2. `CLICOLOR_FORCE`, neither empty nor `0`: yes (<https://bixense.com/clicolors/>);
/// 3. a stream that is no terminal, `CLICOLOR=0`, `TERM=dumb` or no `TERM` at all: no;
/// 4. otherwise yes.
pub fn colour_on(stream: &impl IsTerminal) -> bool {
    is_colour_wanted(stream.is_terminal(), |name| std::env::var_os(name))
}

fn is_colour_wanted(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    let is_dumb = set("TERM").is_none_or(|term| term == "dumb");
    is_terminal && !is_dumb && set("CLICOLOR").is_none_or(|value| value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(is_terminal: bool, set: &[(&str, &str)]) -> bool {
        is_colour_wanted(is_terminal, |name| {
            set.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into())
        })
    }

    const XTERM: (&str, &str) = ("TERM", "xterm");

    #[test]
    fn colour_is_for_terminals_that_have_it() {
        assert!(wanted(true, &[XTERM]));
        assert!(!wanted(false, &[XTERM]));
        assert!(!wanted(true, &[("TERM", "dumb")]));
        assert!(!wanted(true, &[]));
        assert!(!wanted(true, &[XTERM, ("CLICOLOR", "0")]));
    }

    #[test]
    fn a_forced_colour_needs_no_terminal() {
        assert!(wanted(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(wanted(true, &[("TERM", "dumb"), ("CLICOLOR_FORCE", "yes")]));
        assert!(!wanted(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!wanted(false, &[("CLICOLOR_FORCE", "")]));
    }

    #[test]
    fn no_color_is_stronger_than_all_others() {
        assert!(!wanted(true, &[XTERM, ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(wanted(true, &[XTERM, ("NO_COLOR", "")]));
    }
}
