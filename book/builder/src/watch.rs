//! Serves the book and builds it anew whenever one of its files changes.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;

use crate::browser;
use crate::build::build;
use crate::output::say;
use crate::serve::{News, start};
use crate::workspace::Workspace;

/// How often files are looked at. Asking for their times is cheap and works on every system and
/// file system, which cannot be said of being told.
const PAUSE: Duration = Duration::from_millis(300);

/// Builds the book, serves it, shows it in the browser where there is one, and follows changes
/// until the reader stops it.
///
/// # Errors
///
/// If the book cannot be built at first, or no port is free. Later errors are shown, in the
/// terminal and in the page, until they are corrected.
pub fn serve(workspace: &Workspace, open: bool) -> Result<()> {
    let built = build(workspace)?;
    let news = Arc::new(News::default());
    let address = start(built.out, Arc::clone(&news))?;
    say(format!("The book is at {address}"));
    say("It follows your changes. Ctrl-C ends it.");
    if open {
        browser::open(&address);
    }
    let mut seen = newest(&workspace.sources());
    loop {
        pause();
        let now = newest(&workspace.sources());
        if now != seen {
            seen = now;
            rebuild(&news, workspace);
        }
    }
}

fn rebuild(news: &News, workspace: &Workspace) {
    let start = Instant::now();
    let outcome = build(workspace).map(drop);
    match &outcome {
        Ok(()) => say(format!("built in {:.1?}", start.elapsed())),
        Err(why) => eprintln!("{why:#}"),
    }
    news.tell(&outcome);
}

#[expect(clippy::disallowed_methods, reason = "looks at the files again in a while")]
fn pause() {
    thread::sleep(PAUSE);
}

/// How many files there are, and when the last was changed.
fn newest(paths: &[PathBuf]) -> (usize, Option<SystemTime>) {
    let mut waiting = paths.to_vec();
    let (mut count, mut last) = (0, None);
    while let Some(path) = waiting.pop() {
        let Ok(meta) = fs::metadata(&path) else { continue };
        if meta.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(entries.map(|entry| entry.path()));
        } else {
            count += 1;
            last = last.max(meta.modified().ok());
        }
    }
    (count, last)
}
