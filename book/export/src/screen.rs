//! Draws what a program has printed on a terminal as SVG. The README's picture of the coach was made
//! so, with a wrong answer of `solutions/wrong` as the learner's:
//!
//! ```text
//! CLICOLOR_FORCE=1 cargo coach check pipe_return_data | head -18 |
//!     cargo run -p book-export -- screen book/src/figures/coach.svg
//! ```

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anstyle_svg::Term;
use anyhow::{Context, Result};

/// Reads standard input and draws it into `file`.
///
/// # Errors
///
/// If the input is no text, or the file cannot be written.
pub(crate) fn draw(file: &Path) -> Result<()> {
    let mut printed = String::new();
    io::stdin().read_to_string(&mut printed).context("standard input")?;
    let drawing = Term::new().min_width_px(720).render_svg(printed.trim_end());
    fs::write(file, drawing).with_context(|| file.display().to_string())
}
