//! What the coach knows and remembers, whichever way it is asked.

use std::io::IsTerminal;

use anyhow::Result;

use crate::catalogue::{Catalogue, Exercise};
use crate::check::{Outcome, Style};
use crate::progress::Progress;
use crate::standing::{self, Standing};
use crate::terminal;
use crate::text::Paint;
use crate::workspace::Workspace;

/// The exercises, what has been solved, and how to show it.
#[derive(Debug)]
pub struct Coach {
    /// Where everything lies.
    pub workspace: Workspace,
    /// All exercises.
    pub catalogue: Catalogue,
    /// What is remembered.
    pub progress: Progress,
    /// Colours, or none.
    pub paint: Paint,
    /// Columns of the terminal.
    pub width: usize,
}

impl Coach {
    /// Reads everything.
    ///
    /// # Errors
    ///
    /// If a file of the workbook cannot be read, or what is remembered makes no sense.
    pub fn open() -> Result<Coach> {
        let workspace = Workspace::find(&std::env::current_dir()?)?;
        let catalogue = Catalogue::read(&workspace)?;
        let progress = Progress::read(&workspace)?;
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let on = std::io::stdout().is_terminal() && !refused;
        let width = terminal::width();
        Ok(Coach { workspace, catalogue, progress, paint: Paint { on }, width })
    }

    /// The exercise at this place.
    pub fn exercise(&self, at: usize) -> &Exercise {
        &self.catalogue.exercises[at]
    }

    /// How far it is.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn standing(&self, at: usize) -> Result<Standing> {
        let name = &self.exercise(at).name;
        standing::standing(&self.workspace, &self.catalogue, &self.progress, name)
    }

    /// Its digest.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn digest(&self, at: usize) -> Result<String> {
        standing::digest(&self.workspace, &self.catalogue, &self.exercise(at).name)
    }

    /// How many are solved.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn solved(&self) -> Result<usize> {
        let mut count = 0;
        for at in 0..self.catalogue.exercises.len() {
            count += usize::from(self.standing(at)? == Standing::Solved);
        }
        Ok(count)
    }

    /// The next one after `after` (the first, without it) that is not solved; after the last
    /// comes the first.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn next(&self, after: Option<usize>) -> Result<Option<usize>> {
        let count = self.catalogue.exercises.len();
        let first = after.map_or(0, |at| at + 1);
        for at in (first..first + count).map(|at| at % count) {
            if Some(at) != after && self.standing(at)? != Standing::Solved {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The one to work at: the one of last time, unless it is solved; then the next.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn current(&self) -> Result<Option<usize>> {
        let name = self.progress.current.as_deref().unwrap_or_default();
        match self.catalogue.exercises.iter().position(|exercise| exercise.name == name) {
            Some(at) if self.standing(at)? != Standing::Solved => Ok(Some(at)),
            last => self.next(last),
        }
    }

    /// Remembers which one is worked at.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn turn_to(&mut self, at: usize) -> Result<()> {
        let name = self.exercise(at).name.clone();
        self.progress = Progress::update(&self.workspace, |all| all.current = Some(name))?;
        Ok(())
    }

    /// Remembers what came out for the answer with this digest.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn record(&mut self, at: usize, digest: String, outcome: &Outcome) -> Result<()> {
        // Saved meanwhile: nobody knows which of the two was checked.
        if self.digest(at)? != digest {
            return Ok(());
        }
        let name = self.exercise(at).name.clone();
        let own = [self.workspace.answer(&name), self.workspace.suite(&name)];
        let own = own.map(|file| self.workspace.short(&file));
        self.progress = Progress::update(&self.workspace, |all| {
            let entry = all.exercise.entry(name).or_default();
            match outcome {
                Outcome::Passed(_) => entry.passed = Some(digest),
                Outcome::Failed(_) => entry.failed = Some(digest),
                // An error in another answer says nothing of this one.
                Outcome::NotCompiled { files, .. }
                    if own.iter().any(|file| files.contains(file)) =>
                {
                    entry.failed = Some(digest);
                }
                Outcome::NotCompiled { .. } => {}
            }
        })?;
        Ok(())
    }

    /// One more hint is shown, if there is one more: how many are shown now.
    ///
    /// # Errors
    ///
    /// If that cannot be remembered.
    pub fn one_more_hint(&mut self, at: usize) -> Result<usize> {
        let exercise = &self.catalogue.exercises[at];
        let (name, most) = (exercise.name.clone(), exercise.hints.len());
        let shown = (self.progress.of(&name).hints + 1).min(most);
        self.progress = Progress::update(&self.workspace, |all| {
            all.exercise.entry(name).or_default().hints = shown;
        })?;
        Ok(shown)
    }

    /// How checks are to be shown.
    pub fn style(&self, timeline: bool) -> Style {
        Style { colour: self.paint.on, width: self.width, timeline }
    }
}
