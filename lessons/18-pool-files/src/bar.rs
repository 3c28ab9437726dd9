//! The progress bar, on standard error, and only if that is a terminal.
//!
//! indicatif can keep a bar moving by itself, with a thread. This program does not use that: a
//! process with threads must not fork, and the pool forks again when a worker has died. So the
//! bar moves when results come.

use indicatif::{ProgressBar, ProgressStyle};
use pool::Progress;

const TEMPLATE: &str = "{bar:40} {pos} of {len} files, {elapsed}";

pub(crate) fn of(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(TEMPLATE).expect("BUG: the template is valid");
    let bar = ProgressBar::new(files as u64).with_style(style);
    bar.tick(); // the first drawing, of an empty bar
    bar
}

/// What the pool does when results have come.
pub(crate) fn follow(bar: &ProgressBar) -> impl FnMut(Progress) + 'static {
    let bar = bar.clone();
    move |progress| bar.set_position(progress.done as u64)
}
