//! Programs that the workbook runs.

use std::process::Command;

use super::Finding;
use crate::browser;

/// The oldest compiler that was tried: `rust-version` in the workbook's `Cargo.toml`.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

pub(super) fn look() -> Vec<Finding> {
    vec![compiler(), linker(), python(), browser()]
}

/// The first line that a program prints when it is asked for its version.
fn version(program: &str) -> Result<String, String> {
    match Command::new(program).arg("--version").output() {
        Err(why) => Err(format!("{program}: {why}")),
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(text.lines().next().unwrap_or_default().to_owned())
        }
        Ok(output) => Err(format!("{program} --version: {}", output.status)),
    }
}

fn compiler() -> Finding {
    let update = "`rustup update stable`; rustup is at https://rustup.rs".to_owned();
    Finding {
        name: "compiler",
        needed_for: "Everything.",
        essential: true,
        result: match version("rustc") {
            Ok(text) if numbers(&text) >= numbers(OLDEST) => Ok(text),
            Ok(text) => Err((format!("{text} is older than {OLDEST}"), update)),
            Err(why) => Err((why, update)),
        },
    }
}

/// The first two numbers in a text, as of a version.
fn numbers(text: &str) -> [u32; 2] {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
    [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)]
}

fn linker() -> Finding {
    Finding {
        name: "linker",
        needed_for: "The compiler calls it to create programs.",
        essential: true,
        result: version("cc").map_err(|why| {
            let mend = if cfg!(target_os = "macos") {
                "`xcode-select --install`"
            } else {
                "install gcc or clang, for example with `sudo apt install gcc`"
            };
            (why, mend.to_owned())
        }),
    }
}

fn python() -> Finding {
    Finding {
        name: "python3",
        needed_for: "The Python programs in the book, and a lesson that exchanges data with one.",
        essential: false,
        result: version("python3").map_err(|why| {
            (why, "install it, for example with `sudo apt install python3`".to_owned())
        }),
    }
}

fn browser() -> Finding {
    let openers = browser::openers();
    let names: Vec<&str> = openers.iter().map(|words| words[0].as_str()).collect();
    let found = names.iter().find(|name| browser::is_program(name));
    Finding {
        name: "browser",
        needed_for: "`cargo book`, and the coach's key o. You can also read the chapters as files.",
        essential: false,
        result: match found {
            _ if !procinfo::has_display() => {
                let mend = "set BROWSER to a program that shows web pages, if there is one";
                Err(("this machine has no display".to_owned(), mend.to_owned()))
            }
            Some(opener) => Ok(format!("opened by {opener}")),
            None => {
                let mend = "install xdg-utils, or set BROWSER to a program that shows web pages";
                Err((format!("{} is not installed", names.join(" or ")), mend.to_owned()))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(numbers("rustc 1.100.0 (abc 2027-01-01)") > numbers("1.95"));
        assert!(numbers("rustc 1.95.0") >= numbers("1.95"));
        assert!(numbers("rustc 1.9.0") < numbers("1.95"));
    }
}
