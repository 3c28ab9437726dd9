//! `timeline` fences: a picture of a recorded run.
//!
//! ````text
//! ```timeline
//! recordings/fork-basics.jsonl
//! One fork. The child is a zombie from its end until the parent waits for it.
//! ```
//! ````
//!
//! The first line names a recording (JSON lines, made by `lesson-timeline -- COMMAND…` with
//! `--json`), as seen from the chapter; the rest is the caption. The drawing is that of the
//! library `timeline`, the same as in the terminal.

use std::path::Path;

use crate::html::{escape, inline};

/// The recording as a figure.
pub(crate) fn figure(body: &str, folder: &Path) -> Result<String, String> {
    let (file, caption) = body.split_once('\n').unwrap_or((body, ""));
    let text = std::fs::read_to_string(folder.join(file)).map_err(|e| format!("{file}: {e}"))?;
    let svg = draw(&text).map_err(|why| format!("{file}: {why}"))?;
    let caption = inline(caption.trim());
    Ok(format!(
        "<figure class=\"timeline\"><div class=\"wide\">{svg}</div>\
         <figcaption>{caption}</figcaption></figure>\n\n"
    ))
}

/// The seam: JSON lines in, SVG out.
fn draw(recording: &str) -> Result<String, String> {
    Err(format!("timelines cannot be drawn yet ({} bytes recorded)", escape(recording).len()))
}
