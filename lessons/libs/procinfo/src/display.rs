//! What the reader's terminal and desktop can show.

use std::ffi::{OsStr, OsString};
use std::os::fd::AsFd;
use std::path::Path;

use terminal_size::{Height, Width, terminal_size_of};

/// The size of a terminal, in characters. Neither number is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// The size of the terminal that `descriptor` refers to; `None` if it refers to something else, or
/// the terminal does not know its size.
pub fn window_size(descriptor: impl AsFd) -> Option<WindowSize> {
    let (Width(columns), Height(rows)) = terminal_size_of(descriptor)?;
    (columns > 0 && rows > 0).then_some(WindowSize { columns, rows })
}

/// Whether a browser can show a window of its own, so that it makes sense to open a page
/// there unasked.
///
/// A desktop is known by `DISPLAY` or `WAYLAND_DISPLAY`. Where neither is set, a program named by
/// `BROWSER` may still reach the reader's screen, as the one that editors set in a remote shell
/// does. A text browser does not count, because it would take the terminal that prints this.
/// Other systems than Linux are taken to have a desktop.
pub fn has_display() -> bool {
    !cfg!(target_os = "linux") || has_display_in(|name| std::env::var_os(name))
}

fn has_display_in(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let desktop = set("DISPLAY").or_else(|| set("WAYLAND_DISPLAY"));
    desktop.is_some() || set("BROWSER").is_some_and(|browser| !is_text_browser(&browser))
}

/// The variable may be a list with colons, and each entry may have arguments; the first counts.
fn is_text_browser(browser: &OsStr) -> bool {
    let browser = browser.to_string_lossy();
    let program = browser.split([':', ' ']).next().unwrap_or_default();
    let name = Path::new(program).file_name().unwrap_or_default();
    ["lynx", "w3m", "links", "links2", "elinks", "browsh", "www-browser"].iter().any(|t| name == *t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, &str)]) -> bool {
        has_display_in(|name| {
            set.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn a_display_is_a_desktop_or_a_browser_with_a_window() {
        assert!(!with(&[]));
        assert!(!with(&[("DISPLAY", ""), ("BROWSER", "")]));
        assert!(with(&[("DISPLAY", ":0")]));
        assert!(with(&[("WAYLAND_DISPLAY", "wayland-0")]));
        assert!(with(&[("BROWSER", "/opt/editor/helpers/browser.sh")]));
    }

    #[test]
    fn a_text_browser_is_not_a_display() {
        for browser in ["w3m", "/usr/bin/lynx", "links -g %s", "elinks:firefox"] {
            assert!(!with(&[("BROWSER", browser)]), "{browser}");
        }
    }

    #[test]
    fn a_pipe_has_no_size() {
        let (read, _write) = std::io::pipe().unwrap();
        assert_eq!(window_size(&read), None);
    }
}
