//! The tiny shell, to type at: `cargo run -p solutions --example tiny_shell`. Ctrl-D ends it.

use std::io::{Result, stdin};
use std::process::ExitCode;

use solutions::tiny_shell::tiny_shell;

fn main() -> Result<ExitCode> {
    Ok(tiny_shell(stdin().lock())?.into())
}
