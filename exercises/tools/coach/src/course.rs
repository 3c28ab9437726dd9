//! The exercises and how far they are: what every command of the coach works with.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::catalogue::{Catalogue, Exercise};
use crate::check::Outcome;
use crate::files;
use crate::progress::Progress;
use crate::same_lines::is_same;
use crate::score::Score;
use crate::status::{self, Status};
use crate::workspace::Workspace;

/// More copies of one exercise than anybody keeps.
const MOST_KEPT: u32 = 10_000;

/// The exercises, the learner's answers, and what has been solved.
#[derive(Debug)]
pub(crate) struct Course {
    workspace: Workspace,
    catalogue: Catalogue,
    progress: Progress,
    /// Why what was remembered cannot be used, if so.
    notice: Option<String>,
}

/// How many hints were shown, with the new one.
#[derive(Debug)]
pub(crate) struct HintsShown {
    /// So many, the new one last.
    pub(crate) count: usize,
    /// Whether all had been shown before.
    pub(crate) no_more: bool,
    /// Why that was not remembered, if so.
    pub(crate) forgotten: Option<anyhow::Error>,
}

impl Course {
    /// Reads everything. A progress file that cannot be used is no error, but a [notice].
    ///
    /// [notice]: Course::notice
    ///
    /// # Errors
    ///
    /// If there is no workbook, or its list of exercises cannot be read.
    pub(crate) fn open() -> Result<Course> {
        let workspace = Workspace::open()?;
        let catalogue = Catalogue::read(&workspace)?;
        let (progress, notice) = match Progress::read(&workspace) {
            Ok(progress) => (progress, None),
            Err(why) => (Progress::default(), Some(why.to_string())),
        };
        Ok(Course { workspace, catalogue, progress, notice })
    }

    /// Where everything lies.
    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// All exercises.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The exercise with this index.
    pub(crate) fn exercise(&self, index: usize) -> &Exercise {
        self.catalogue.exercise(index)
    }

    /// Why what was remembered cannot be used, if so.
    pub(crate) fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// How far an exercise is.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn status(&self, index: usize) -> Result<Status> {
        let name = &self.exercise(index).name;
        Status::of(&self.workspace, &self.catalogue, &self.progress, name)
    }

    /// The digest of an answer and its checks.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn digest(&self, index: usize) -> Result<String> {
        status::digest(&self.workspace, &self.catalogue, &self.exercise(index).name)
    }

    /// The text of an answer; `None` if there is no file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn answer(&self, index: usize) -> Result<Option<String>> {
        self.workspace.read_if_there(&self.workspace.answer(&self.exercise(index).name))
    }

    /// Whether the stub has changed since the learner began to write.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn has_new_task(&self, index: usize) -> Result<bool> {
        let name = &self.exercise(index).name;
        let begun = self.workspace.read_if_there(&self.workspace.begun(name))?;
        let stub = self.workspace.read_if_there(&self.workspace.stub(name))?;
        let is_written = self.answer(index)?.is_some_and(|answer| Some(&answer) != begun.as_ref());
        Ok(is_written && begun.is_some() && begun != stub)
    }

    /// How many are solved.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn solved(&self) -> Result<usize> {
        let mut count = 0;
        for index in 0..self.catalogue.len() {
            count += usize::from(self.status(index)? == Status::Solved);
        }
        Ok(count)
    }

    /// The next one after `after` (the first, without it) that is not solved; after the last
    /// comes the first.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn next_unsolved(&self, after: Option<usize>) -> Result<Option<usize>> {
        let count = self.catalogue.len();
        let first = after.map_or(0, |index| index + 1);
        for index in (first..first + count).map(|index| index % count) {
            if Some(index) != after && self.status(index)? != Status::Solved {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// The one to work at: the one of last time, unless it is solved; then the next.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn current(&self) -> Result<Option<usize>> {
        let name = self.progress.current().unwrap_or_default();
        match self.catalogue.position(name) {
            Some(index) if self.status(index)? != Status::Solved => Ok(Some(index)),
            last => self.next_unsolved(last),
        }
    }

    /// Remembers which one is worked at, and creates its answer if there is none.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub(crate) fn begin(&mut self, index: usize) -> Result<()> {
        let name = self.exercise(index).name.clone();
        if self.answer(index)?.is_none() {
            self.write_stub(&name)?;
        }
        self.remember(|all| all.turn_to(name))
    }

    fn remember(&mut self, change: impl FnOnce(&mut Progress)) -> Result<()> {
        self.progress = Progress::update(&self.workspace, change)?;
        self.notice = None;
        Ok(())
    }

    /// Remembers the outcome for the answer with this digest.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub(crate) fn record(&mut self, index: usize, digest: &str, outcome: &Outcome) -> Result<()> {
        // Saved meanwhile: it is not known which of the two was checked.
        if self.digest(index)? != digest {
            return Ok(());
        }
        let name = self.exercise(index).name.clone();
        let own = [self.workspace.answer(&name), self.workspace.suite(&name)];
        let own = own.map(|file| self.workspace.short(&file));
        let passed = match outcome {
            Outcome::Checked { .. } if outcome.is_about_the_answer() => outcome.has_passed(),
            Outcome::NotCompiled { files, .. } if files.iter().any(|file| own.contains(file)) => {
                false
            }
            // This says nothing about the answer.
            Outcome::Checked { .. } | Outcome::NotCompiled { .. } | Outcome::NotBuilt { .. } => {
                return Ok(());
            }
        };
        self.remember(|all| all.entry_mut(&name).record(digest.to_owned(), passed))
    }

    /// How the questions of a topic were answered.
    pub(crate) fn score(&self, topic: &str) -> Score {
        self.progress.score(topic)
    }

    /// Remembers an answer to a question of a topic.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub(crate) fn practised(&mut self, topic: &str, is_right: bool) -> Result<()> {
        self.remember(|all| all.score_mut(topic).record(is_right))
    }

    /// How many hints of an exercise were shown.
    pub(crate) fn hints_shown(&self, index: usize) -> usize {
        let exercise = self.exercise(index);
        self.progress.entry(&exercise.name).hints().min(exercise.hints.len())
    }

    /// Remembers that one more hint is shown, if there is one more.
    pub(crate) fn one_more_hint(&mut self, index: usize) -> HintsShown {
        let (name, most) = (self.exercise(index).name.clone(), self.exercise(index).hints.len());
        let before = self.hints_shown(index);
        let count = (before + 1).min(most);
        let forgotten = self.remember(|all| all.entry_mut(&name).show_hints(count)).err();
        if forgotten.is_some() {
            self.progress.entry_mut(&name).show_hints(count); // at least as long as this coach lives
        }
        HintsShown { count, no_more: before == most, forgotten }
    }

    /// Puts the stub back, and the answer aside. Gives where to; `None` if there was no answer, or
    /// only the stub.
    ///
    /// # Errors
    ///
    /// If the copy cannot be made; then the answer is left as it is.
    pub(crate) fn reset(&self, index: usize) -> Result<Option<PathBuf>> {
        let name = &self.exercise(index).name;
        let file = self.workspace.answer(name);
        let stub = self.workspace.read(&self.workspace.stub(name))?;
        let kept = match fs::read(&file) {
            Ok(answer) if !is_same(&answer, stub.as_bytes()) => Some(self.keep(name, &answer)?),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let short = self.workspace.short(&file);
                return Err(error).with_context(|| format!("cannot read {short}"));
            }
            _ => None,
        };
        self.write_stub(name)?;
        Ok(kept)
    }

    /// What to say after a [reset](Course::reset).
    pub(crate) fn reset_note(&self, name: &str, kept: Option<&Path>) -> String {
        match kept {
            None => format!("The stub of {name} is restored; there was no answer to keep."),
            Some(kept) => {
                let kept = self.workspace.short(kept);
                format!("The stub of {name} is restored. Your answer is in {kept}")
            }
        }
    }

    fn write_stub(&self, name: &str) -> Result<()> {
        let (stub, file) = (self.workspace.stub(name), self.workspace.answer(name));
        let stub = self.workspace.read(&stub)?;
        files::replace(&file, stub.as_bytes())
            .with_context(|| format!("cannot write {}", self.workspace.short(&file)))?;
        // The build writes this record, too, and does without where it cannot be written.
        let begun = self.workspace.begun(name);
        let _ = fs::create_dir_all(begun.parent().unwrap_or(&begun));
        let _ = fs::write(begun, stub);
        Ok(())
    }

    /// Writes a copy under a name that is not taken.
    fn keep(&self, name: &str, answer: &[u8]) -> Result<PathBuf> {
        let folder = self.workspace.kept();
        let short = self.workspace.short(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {short}"))?;
        for number in 1..MOST_KEPT {
            let file = folder.join(format!("{name}.{number}.rs"));
            match OpenOptions::new().write(true).create_new(true).open(&file) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                opened => {
                    let write = |mut into: fs::File| {
                        into.write_all(answer)?;
                        into.sync_data()
                    };
                    let written = opened.and_then(write);
                    written.with_context(|| format!("cannot keep your answer in {short}"))?;
                    return Ok(file);
                }
            }
        }
        bail!("{short} is full of copies of {name}: remove some");
    }
}
