//! Serves the book and builds it anew whenever one of its files changes.
//!
//! The system tells of changes (`notify`, which the coach uses too), and what it tells is only a
//! reason to look: the book is built again if the *contents* of its files have changed. File times
//! say less: they may lie in the future, and a restored file has an old one. Where the system
//! tells nothing, as on network drives and in folders shared with a container, the files are
//! looked at every [`PAUSE`] all the same.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::browser;
use crate::build::{Built, build_and};
use crate::output::say;
use crate::serve::{Newsroom, Site, start};
use crate::workspace::Workspace;

/// How often the files are looked at, whatever the system tells.
const PAUSE: Duration = Duration::from_secs(2);

/// How long an editor may take to write its files after the first sign of it.
const SETTLE: Duration = Duration::from_millis(50);

/// Builds the book, serves it, shows it in the browser where there is one, and follows changes
/// until the reader stops it.
///
/// # Errors
///
/// If the book cannot be built at first, or no port is free. Later errors are shown, in the
/// terminal and in the page, until they are corrected.
pub fn serve(workspace: &Workspace, open: bool) -> Result<()> {
    let sources = workspace.sources();
    // Before the build, so that no change during it is missed.
    let (_watcher, signs) = watch(&sources);
    let mut seen = fingerprint(&sources);
    let (_, site) = build_and(workspace, |out| Site::load(out, 0))?;
    let newsroom = Arc::new(Newsroom::new(site));
    let address = format!("http://{}/", start(Arc::clone(&newsroom))?);
    say(format!("The book is at {address}"));
    say("It follows your changes. Ctrl-C ends it.");
    if open {
        browser::open(&address);
    }
    loop {
        wait(&signs);
        let now = fingerprint(&sources);
        if now != seen {
            seen = now;
            rebuild(&newsroom, workspace);
        }
    }
}

fn rebuild(newsroom: &Newsroom, workspace: &Workspace) {
    let start = Instant::now();
    let version = newsroom.next();
    let outcome: Result<(Built, Site)> = build_and(workspace, |out| Site::load(out, version));
    match &outcome {
        Ok(_) => say(format!("built in {:.1?}", start.elapsed())),
        Err(why) => eprintln!("{why:#}"),
    }
    newsroom.publish(outcome.map(|(_, site)| site));
}

/// Has the system tell of changes, as far as it does.
fn watch(paths: &[PathBuf]) -> (Option<RecommendedWatcher>, Receiver<()>) {
    let (send, signs) = mpsc::channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // To read a file is no change, and we read them all.
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            let _ = send.send(()); // not read any more at the end
        }
    });
    let mut watcher = watcher.ok();
    for path in paths {
        if let Some(watcher) = &mut watcher {
            // What cannot be watched, as for want of watches, is looked at after each pause.
            let _ = watcher.watch(path, RecursiveMode::Recursive);
        }
    }
    (watcher, signs)
}

/// Waits for a sign of change and until there are no more of them, or for the end of the pause.
fn wait(signs: &Receiver<()>) {
    match signs.recv_timeout(PAUSE) {
        Ok(()) => while signs.recv_timeout(SETTLE).is_ok() {},
        Err(RecvTimeoutError::Timeout) => {}
        Err(RecvTimeoutError::Disconnected) => pause(), // there is no watcher
    }
}

#[expect(clippy::disallowed_methods, reason = "looks at the files again in a while")]
fn pause() {
    thread::sleep(PAUSE);
}

/// A number that is another one when a file has changed, come or gone.
fn fingerprint(paths: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut waiting = paths.to_vec();
    while let Some(path) = waiting.pop() {
        path.hash(&mut hasher);
        if path.is_symlink() {
            fs::read_link(&path).ok().hash(&mut hasher);
        } else if path.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            entries.sort();
            waiting.extend(entries);
        } else if path.is_file() {
            fs::read(&path).unwrap_or_default().hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_change_is_one_of_content_whatever_the_times_say() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().to_owned()];
        let file = folder.path().join("a");
        let with_time = |text: &str, time: SystemTime| {
            fs::write(&file, text).unwrap();
            fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
            fingerprint(&paths)
        };
        let (now, day) = (SystemTime::now(), Duration::from_secs(86_400));
        let first = with_time("first", now + day);
        assert_ne!(first, with_time("second", now), "beside a time in the future");
        assert_ne!(with_time("second", now), with_time("third", now - day), "an older file");
        assert_ne!(with_time("third", now), with_time("tHird", now), "of the same length and time");
        assert_eq!(first, with_time("first", now - day), "the times alone");
        fs::rename(&file, folder.path().join("b")).unwrap();
        assert_ne!(first, fingerprint(&paths), "another name");
    }

    #[test]
    fn the_system_tells_of_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let (watcher, signs) = watch(&[folder.path().to_owned()]);
        if watcher.is_none() {
            return; // it does not, here
        }
        fs::write(folder.path().join("a"), "").unwrap();
        signs.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}
