//! The coach at work: it checks the current exercise on every save, and listens to keys.

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::check::{Check, News, Next, Outcome};
use crate::coach::Coach;
use crate::events::{self, Event};
use crate::terminal::Terminal;
use crate::text::wrap;

/// Editors touch a file several times in one save. So long after the last time it is read.
const SETTLED: Duration = Duration::from_millis(25);

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
    checked: String,
    /// When to look at the files.
    look_at: Option<Instant>,
    events: Sender<Event>,
    checks: u64,
}

/// A check that is running.
pub(crate) struct Running {
    check: Check,
    number: u64,
    since: Instant,
    digest: String,
    timeline: bool,
    progress: String,
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
    let end = watch.start().and_then(|()| watch.run(&happens));
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
    fn run(&mut self, happens: &Receiver<Event>) -> Result<End> {
        loop {
            let wait = self.look_at.map_or(TICK, |at| at.saturating_duration_since(Instant::now()));
            match happens.recv_timeout(wait) {
                Ok(Event::Key(key)) => {
                    if let Some(end) = self.key(key)? {
                        return Ok(end);
                    }
                }
                Ok(Event::Resized) => {
                    self.terminal.resized();
                    self.coach.width = self.terminal.width();
                }
                Ok(Event::NoTerminal) => return Ok(End::Quit),
                Ok(Event::Signal(signal)) => return Ok(End::Signal(signal)),
                Ok(Event::Saved) => self.look_at = Some(Instant::now() + SETTLED),
                Ok(Event::Check(number, news)) => self.hear(number, news)?,
                Err(RecvTimeoutError::Timeout) => {
                    self.look_at = None;
                    self.look()?;
                    self.status();
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Quit),
            }
        }
    }

    /// Makes another exercise the current one, and checks it.
    pub(crate) fn turn_to(&mut self, at: usize) -> Result<()> {
        self.at = at;
        self.outcome = None;
        self.coach.turn_to(at)?;
        self.body = String::new();
        self.show();
        self.start_check(false)
    }

    /// Stops what is running and checks the current exercise.
    pub(crate) fn start_check(&mut self, timeline: bool) -> Result<()> {
        self.check = None; // ends the one before, and waits until it has
        self.checks += 1;
        let number = self.checks;
        self.checked = self.coach.digest(self.at)?;
        let name = &self.coach.exercise(self.at).name;
        let style = self.coach.style(timeline);
        let check = match Check::start(&self.coach.workspace, name, style, self.tell(number)) {
            Ok(check) => check,
            Err(why) => {
                self.trouble(&why);
                return Ok(());
            }
        };
        self.check = Some(Running {
            check,
            number,
            since: Instant::now(),
            digest: self.checked.clone(),
            timeline,
            progress: String::new(),
        });
        self.note.clear();
        self.status();
        Ok(())
    }

    /// Ends a running check; says whether there was one.
    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.check.take() {
            let what = if running.check.is_building() { "the compiler" } else { "your program" };
            let seconds = running.since.elapsed().as_secs_f64();
            drop(running);
            self.note = format!("Stopped {what} after {seconds:.1} s. Save, or c, checks again.");
            self.show();
        }
    }

    fn tell(&self, number: u64) -> impl Fn(News) + Clone + Send + 'static {
        let events = self.events.clone();
        move |news| {
            let _ = events.send(Event::Check(number, news)); // in vain when the coach ends
        }
    }

    /// A check tells something. One that was stopped may still have had something to say.
    fn hear(&mut self, number: u64, news: News) -> Result<()> {
        let Some(mut running) = self.check.take_if(|running| running.number == number) else {
            return Ok(());
        };
        match news {
            News::Progress(line) => {
                running.progress = line;
                self.check = Some(running);
                self.status();
                Ok(())
            }
            News::StepOver => match running.check.go_on(&self.coach.workspace, self.tell(number)) {
                Ok(Next::Running(check)) => {
                    self.check = Some(Running { check, ..running });
                    self.status();
                    Ok(())
                }
                Ok(Next::Over(outcome)) => self.over(running.digest, running.timeline, outcome),
                Err(why) => {
                    self.trouble(&why);
                    Ok(())
                }
            },
        }
    }

    /// The check is over: remembers and shows what came out.
    fn over(&mut self, digest: String, timeline: bool, outcome: Outcome) -> Result<()> {
        self.coach.record(self.at, digest, &outcome)?;
        self.body = self.coach.verdict(self.at, &outcome)?;
        if matches!(outcome, Outcome::Passed(_)) && !timeline {
            self.body = format!("{}\n{}", self.body, self.coach.solved_it(self.at)?);
        }
        self.outcome = Some(outcome);
        self.show();
        Ok(())
    }

    /// A check could not be run to its end: no fault of the answer, and no reason to end.
    fn trouble(&mut self, why: &anyhow::Error) {
        let title = self.coach.paint.red("The check could not be run to its end.");
        self.outcome = None;
        self.body = wrap(&format!("{title}\n{why:#}\nc tries again.\n"), self.coach.width);
        self.show();
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
            self.note = "Your file is not there, or empty. Save it; or r puts the stub back.".into();
            self.checked.clear();
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
        Ok(self.coach.standing(at)? != crate::standing::Standing::NotStarted)
    }

    /// The last line.
    pub(crate) fn status(&mut self) {
        let text = match &self.check {
            None => self.note.clone(),
            Some(running) => {
                let seconds = running.since.elapsed().as_secs();
                let time = if seconds == 0 { String::new() } else { format!(" {seconds} s") };
                let what = if running.check.is_building() { "Compiling" } else { "Checking" };
                format!("{what}…{time} (s stops it) {}", running.progress)
            }
        };
        self.terminal.status(&text);
    }
}
