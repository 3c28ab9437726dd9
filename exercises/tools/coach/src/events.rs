//! All that can happen while the coach runs comes through one channel.

use std::path::Path;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use crossterm::event::{self, KeyEvent};
use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::check::CheckEvent;

/// Something happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has another size.
    Resized,
    /// The terminal has gone.
    TerminalGone,
    /// One of the learner's files was touched.
    Saved,
    /// The check with this number tells something.
    Check(u64, CheckEvent),
    /// A signal asks the coach to end.
    Signal(i32),
    /// Nothing else, for as long as the coach wanted to wait.
    Timeout,
}

/// Sends the keys.
pub(crate) fn keys(events: Sender<Event>) {
    thread::spawn(move || {
        loop {
            let event = match event::read() {
                Ok(event::Event::Key(key)) => Event::Key(key),
                Ok(event::Event::Resize(..)) => Event::Resized,
                Ok(_) => continue,
                Err(_) => Event::TerminalGone,
            };
            let last = matches!(event, Event::TerminalGone);
            if events.send(event).is_err() || last {
                return;
            }
        }
    });
}

/// Sends the signals that ask a program to end, instead of ending it on the spot: a check may be
/// running, and the terminal is not as it was.
///
/// # Errors
///
/// If the system refuses to handle them.
pub(crate) fn signals(events: Sender<Event>) -> Result<()> {
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]).context("cannot listen to signals")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Tells of changes in a folder as long as the value lives. It is the folder that is watched:
/// many editors do not write into a file, but put another one in its place.
///
/// # Errors
///
/// If the folder can be watched in no way.
pub(crate) fn saves(
    folder: &Path,
    on_save: impl Fn() + Clone + Send + 'static,
) -> Result<Box<dyn Watcher + Send>> {
    let told = move |event: notify::Result<notify::Event>| {
        // To read a file is no change. After an error something may have been missed.
        if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
            on_save();
        }
    };
    let watch = |mut watcher: Box<dyn Watcher + Send>| {
        watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher)
    };
    let native = RecommendedWatcher::new(told.clone(), Config::default());
    native
        .and_then(|watcher| watch(Box::new(watcher)))
        .or_else(|_| {
            // The system has no watch left to give: look at the files instead.
            let often = Config::default().with_poll_interval(Duration::from_millis(200));
            PollWatcher::new(told, often).and_then(|watcher| watch(Box::new(watcher)))
        })
        .with_context(|| format!("cannot watch {}", folder.display()))
}
