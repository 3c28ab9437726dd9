//! The coach at work: it checks the current exercise on every save, and listens to keys.

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::check::Outcome;
use crate::coach::Coach;
use crate::events::{self, Event};
use crate::running::Running;
use crate::standing::Standing;
use crate::terminal::Terminal;

/// Editors touch a file several times in one save. So long after the first time it is read; if more
/// comes after that, the check begins anew.
const SETTLED: Duration = Duration::from_millis(10);

/// How often the time of a running check is shown, and files are looked at without being told:
/// some file systems tell nobody.
const TICK: Duration = Duration::from_secs(1);

/// What waits for a "y".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Put the stub back?
    Reset,
    /// Show the reference before it is solved?
    Solution,
}

/// Why the coach ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Quit,
    Signal(i32),
}

/// The watch loop.
pub(crate) struct Watch {
    // Dropped in this order: the check is stopped before the terminal goes back to normal.
    pub(crate) check: Option<Running>,
    pub(crate) terminal: Terminal,
    pub(crate) coach: Coach,
    pub(crate) at: usize,
    /// What came out last for the current exercise.
    pub(crate) outcome: Option<Outcome>,
    /// What is on the screen, between heading and keys.
    pub(crate) body: String,
    pub(crate) question: Option<Question>,
    /// Said below the keys, until something else is.
    pub(crate) note: String,
    /// The text of each answer when it was looked at last.
    answers: Vec<Option<String>>,
    /// The digest of what was checked last, or is being checked.
    pub(crate) checked: String,
    /// When to look at the files.
    look_at: Option<Instant>,
    pub(crate) events: Sender<Event>,
    /// How many checks there were.
    pub(crate) checks: u64,
}

/// Watches until the learner has enough.
///
/// # Errors
///
/// If there is no terminal, or the workbook's files cannot be read or written.
pub fn watch(coach: Coach, at: usize) -> Result<ExitCode> {
    let (events, happens) = channel();
    events::signals(events.clone())?;
    let _watcher = events::saves(&coach.workspace.answers(), events.clone())?;
    let terminal = Terminal::open()?;
    events::keys(events.clone());
    let mut watch = Watch::new(coach, at, terminal, events);
    let end = watch.start().map(|()| watch.run(&happens));
    drop(watch); // the check ends, and the terminal is as it was
    match end? {
        End::Quit => Ok(ExitCode::SUCCESS),
        End::Signal(signal) => {
            // As whoever sent it expects.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            Ok(ExitCode::FAILURE)
        }
    }
}

impl Watch {
    fn new(coach: Coach, at: usize, terminal: Terminal, events: Sender<Event>) -> Watch {
        Watch {
            check: None,
            terminal,
            coach,
            at,
            outcome: None,
            body: String::new(),
            question: None,
            note: String::new(),
            answers: Vec::new(),
            checked: String::new(),
            look_at: None,
            events,
            checks: 0,
        }
    }

    fn start(&mut self) -> Result<()> {
        self.answers = self.read_answers()?;
        self.turn_to(self.at)
    }

    /// Handles what happens, until something ends it.
    fn run(&mut self, happens: &Receiver<Event>) -> End {
        loop {
            let wait = self.look_at.map_or(TICK, |at| at.saturating_duration_since(Instant::now()));
            match self.handle(happens.recv_timeout(wait)) {
                Ok(None) => {}
                Ok(Some(end)) => return end,
                // A file that cannot be read or written, say: the learner can mend it meanwhile.
                Err(why) => self.trouble(&why),
            }
        }
    }

    fn handle(&mut self, event: Result<Event, RecvTimeoutError>) -> Result<Option<End>> {
        match event {
            Ok(Event::Key(key)) => return self.key(key),
            Ok(Event::Resized) => self.measure(),
            Ok(Event::Saved) => {
                self.look_at.get_or_insert_with(|| Instant::now() + SETTLED);
            }
            Ok(Event::Check(number, news)) => self.hear(number, news)?,
            Err(RecvTimeoutError::Timeout) => {
                self.look_at = None;
                self.measure();
                self.look()?;
                // Left alone otherwise: the learner may be marking text with the mouse.
                if self.check.is_some() {
                    self.status();
                }
            }
            Ok(Event::Signal(signal)) => return Ok(Some(End::Signal(signal))),
            Ok(Event::NoTerminal) | Err(RecvTimeoutError::Disconnected) => {
                return Ok(Some(End::Quit));
            }
        }
        Ok(None)
    }

    /// Asks how wide the terminal is. Nobody tells of a change that came before the keys were
    /// listened to.
    pub(crate) fn measure(&mut self) {
        self.terminal.resized();
        self.coach.width = self.terminal.width();
    }

    /// Makes another exercise the current one, and checks it.
    pub(crate) fn turn_to(&mut self, at: usize) -> Result<()> {
        self.at = at;
        self.outcome = None;
        self.coach.turn_to(at)?;
        self.body = String::new();
        self.start_check(false)?;
        self.show();
        Ok(())
    }

    fn read_answers(&self) -> Result<Vec<Option<String>>> {
        let workspace = &self.coach.workspace;
        let files = self.coach.catalogue.exercises.iter().map(|e| workspace.answer(&e.name));
        files.map(|file| workspace.read_if_there(&file)).collect()
    }

    /// Looks at the files, and checks what has changed.
    fn look(&mut self) -> Result<()> {
        let now = self.read_answers()?;
        let before = std::mem::replace(&mut self.answers, now);
        let now = &self.answers;
        // Half way through a save it may be empty or not there: there will be more to see.
        if now[self.at].as_ref().is_none_or(String::is_empty) {
            self.note =
                "Your file is not there, or empty. Save it; or r puts the stub back.".into();
            self.checked.clear();
            self.status();
            return Ok(());
        }
        if self.coach.digest(self.at)? != self.checked {
            return self.start_check(false);
        }
        // Another exercise was saved, and no other: the learner has gone on to it.
        let mut changed = (0..now.len()).filter(|&at| now[at] != before[at] && now[at].is_some());
        match (changed.next(), changed.next()) {
            (Some(at), None) if self.is_begun(at)? => self.turn_to(at),
            _ => Ok(()),
        }
    }

    /// Whether there is more than the stub.
    fn is_begun(&self, at: usize) -> Result<bool> {
        Ok(self.coach.standing(at)? != Standing::NotStarted)
    }
}
