//! A check that runs while the coach watches.

use std::sync::mpsc::Sender;
use std::time::Instant;

use anyhow::Result;

use crate::check::{Check, CheckEvent, Next, Outcome};
use crate::course::Course;
use crate::events::Event;

/// A running check, what was checked, and how far it is. When it is dropped, it is stopped.
pub(crate) struct Running {
    check: Check,
    number: u64,
    since: Instant,
    digest: String,
    /// What cargo is doing.
    building: String,
    /// How many checks have ended, and of how many.
    ended: usize,
    count: usize,
}

/// What comes after an event.
pub(crate) enum After {
    /// It goes on.
    Running(Running),
    /// The answer with this digest has been checked.
    Finished(String, Outcome),
}

impl Running {
    /// Starts a check that sends its events with this number.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or cargo cannot be started.
    pub(crate) fn start(
        course: &Course,
        index: usize,
        colour: bool,
        number: u64,
        events: &Sender<Event>,
    ) -> Result<Running> {
        let digest = course.digest(index)?;
        let name = &course.exercise(index).name;
        let check = Check::start(course.workspace(), name, colour, tell(number, events))?;
        let (since, building) = (Instant::now(), String::new());
        Ok(Running { check, number, since, digest, building, ended: 0, count: 0 })
    }

    /// The number that was given to [`Running::start`].
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The digest of what is checked.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// Handles an event of this check.
    ///
    /// # Errors
    ///
    /// As for [`Check::next_step`].
    pub(crate) fn on_event(
        mut self,
        event: CheckEvent,
        course: &Course,
        events: &Sender<Event>,
    ) -> Result<After> {
        match event {
            CheckEvent::Building(line) => self.building = line,
            CheckEvent::Began(count) => self.count = count,
            CheckEvent::Ended => self.ended += 1,
            CheckEvent::StepFinished => {
                let tell = tell(self.number, events);
                match self.check.next_step(course.workspace(), tell)? {
                    Next::Running(check) => self = Running { check, ..self },
                    Next::Finished(outcome) => return Ok(After::Finished(self.digest, outcome)),
                }
            }
        }
        Ok(After::Running(self))
    }

    /// Stops it, and says so.
    pub(crate) fn stop(self) -> String {
        let what = if self.check.is_building() { "the compiler" } else { "your program" };
        let seconds = self.since.elapsed().as_secs_f64();
        format!("Stopped {what} after {seconds:.1} s. Save your file or press c to check again.")
    }

    /// What it is doing, in a line.
    pub(crate) fn progress(&self) -> String {
        let time = match self.since.elapsed().as_secs() {
            0 => String::new(),
            seconds => format!(" {seconds} s"),
        };
        if !self.check.is_building() {
            let ended = match self.count {
                0 => String::new(),
                count => format!(" {} of {count}", self.ended),
            };
            return format!("Checking…{ended}{time} (press s to stop)");
        }
        // Of "Compiling nix v0.32.0 (/its/folder)" what is not said already.
        let building = self.building.trim_start_matches("Compiling ");
        let building = building.split(" (").next().unwrap_or_default();
        format!("Compiling…{time} (press s to stop) {building}")
    }
}

fn tell(number: u64, events: &Sender<Event>) -> impl Fn(CheckEvent) + Clone + Send + 'static {
    let events = events.clone();
    move |event| {
        let _ = events.send(Event::Check(number, event)); // in vain when the coach ends
    }
}
