//! The check that runs while the coach watches.

use std::time::Instant;

use anyhow::Result;

use crate::check::{Check, News, Next, Outcome};
use crate::events::Event;
use crate::text::wrap;
use crate::watch::Watch;

/// A check that is running.
pub(crate) struct Running {
    check: Check,
    number: u64,
    since: Instant,
    digest: String,
    timeline: bool,
    progress: String,
}

impl Watch {
    /// Stops what is running and checks the current exercise.
    pub(crate) fn start_check(&mut self, timeline: bool) -> Result<()> {
        self.check = None; // ends the one before, and waits until it has
        self.measure();
        self.checks += 1;
        let number = self.checks;
        self.checked = self.coach.digest(self.at)?;
        let name = &self.coach.exercise(self.at).name;
        let style = self.coach.style(timeline);
        let check = Check::start(&self.coach.workspace, name, style, self.tell(number))?;
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

    /// Ends a running check, with all that it has started.
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
    pub(crate) fn hear(&mut self, number: u64, news: News) -> Result<()> {
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
            News::StepOver => {
                match running.check.go_on(&self.coach.workspace, self.tell(number))? {
                    Next::Running(check) => {
                        self.check = Some(Running { check, progress: String::new(), ..running });
                        self.status();
                        Ok(())
                    }
                    Next::Over(outcome) => self.over(running.digest, running.timeline, outcome),
                }
            }
        }
    }

    /// The check is over: remembers and shows what came out.
    fn over(&mut self, digest: String, timeline: bool, outcome: Outcome) -> Result<()> {
        if let Err(why) = self.coach.record(self.at, digest, &outcome) {
            self.note = format!("This was not remembered: {why:#}"); // the verdict holds
        }
        self.body = self.coach.verdict(self.at, &outcome)?;
        if matches!(outcome, Outcome::Passed(_)) && !timeline {
            self.body = format!("{}\n{}", self.body, self.coach.solved_it(self.at)?);
        }
        self.outcome = Some(outcome);
        self.show();
        Ok(())
    }

    /// Something went wrong that is no fault of the answer, and no reason to end.
    pub(crate) fn trouble(&mut self, why: &anyhow::Error) {
        let title = self.coach.paint.red("That did not work.");
        let body = wrap(&format!("{title}\n{why:#}\nc tries again.\n"), self.coach.width);
        // What goes wrong every second is shown once.
        if self.body != body {
            self.outcome = None;
            self.body = body;
            self.show();
        }
    }

    /// The last line.
    pub(crate) fn status(&mut self) {
        let text = match &self.check {
            None if self.note.is_empty() => "Save your file, and it is checked.".to_owned(),
            None => self.note.clone(),
            Some(running) => {
                let seconds = running.since.elapsed().as_secs();
                let time = if seconds == 0 { String::new() } else { format!(" {seconds} s") };
                let what = if running.check.is_building() { "Compiling" } else { "Checking" };
                // Of "Compiling nix v0.32.0 (/its/folder)" what is not said already.
                let progress = running.progress.trim_start_matches("Compiling ");
                let progress = progress.split(" (").next().unwrap_or_default();
                format!("{what}…{time} (s stops it) {progress}")
            }
        };
        self.terminal.status(&text);
    }
}
