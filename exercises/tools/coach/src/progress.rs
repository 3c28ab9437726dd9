//! What has been solved: one small file, `exercises/progress.toml`, which git ignores.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::files;
use crate::score::Score;
use crate::workspace::Workspace;

const HEAD: &str = "\
# Kept by `cargo coach`: which exercises you have solved, how many hints you have seen, and how you
# answered its questions.
# Without this file, everything is checked again; it does not contain your answers.

";

/// The format of the file that is described here.
const VERSION: u32 = 1;

/// All that is remembered. Fields of a later version are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    version: u32,
    /// The exercise that was worked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(flatten)]
    other: Table,
    #[serde(default)]
    exercise: BTreeMap<String, Entry>,
    /// The answers to questions, by topic.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    practise: BTreeMap<String, Score>,
}

/// What is remembered of one exercise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    /// How many of its hints were shown.
    hints: usize,
    /// The digest of the answer that passed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<String>,
    /// The digest of the answer that failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    /// Whether the newest verdict was a failure.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    failed_last: bool,
    #[serde(flatten)]
    other: Table,
}

impl Entry {
    /// How many of its hints were shown.
    pub(crate) fn hints(&self) -> usize {
        self.hints
    }

    /// Remembers that so many hints were shown.
    pub(crate) fn show_hints(&mut self, count: usize) {
        self.hints = count;
    }

    /// Whether any answer has passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.passed.is_some()
    }

    /// Remembers a verdict about the answer with this digest.
    pub(crate) fn record(&mut self, digest: String, passed: bool) {
        self.failed_last = !passed;
        *(if passed { &mut self.passed } else { &mut self.failed }) = Some(digest);
    }

    /// The newest verdict about the answer with this digest, if there is one.
    pub(crate) fn verdict(&self, digest: &str) -> Option<bool> {
        let passed = self.passed.as_deref() == Some(digest);
        let failed = self.failed.as_deref() == Some(digest);
        match (passed, failed) {
            (true, true) => Some(!self.failed_last),
            (true, false) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// Why a progress file cannot be used.
#[derive(Debug)]
pub(crate) enum ProgressError {
    /// It is empty, torn, or something else.
    Damaged {
        /// Its name as a reader types it.
        file: String,
        /// What the parser says.
        why: toml::de::Error,
    },
    /// A newer coach has written it.
    Newer {
        /// Its name as a reader types it.
        file: String,
        /// The version of its format.
        version: u32,
    },
    /// It cannot be read.
    Unreadable(anyhow::Error),
}

impl fmt::Display for ProgressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProgressError::Damaged { file, why } => write!(
                f,
                "{file} is damaged ({}), so no exercise counts as solved. The next check renames it and \
                 starts a new one. Your answers are not affected: `cargo coach check` checks them all \
                 again.",
                why.message().trim_end_matches('.')
            ),
            ProgressError::Newer { file, version } => write!(
                f,
                "{file} was written by a newer coach (version {version}), so no exercise counts as \
                 solved, and no progress is saved. `git pull` updates the coach."
            ),
            ProgressError::Unreadable(why) => {
                write!(f, "{why:#}, so no exercise counts as solved, and no progress is saved.")
            }
        }
    }
}

impl std::error::Error for ProgressError {}

impl Default for Progress {
    fn default() -> Self {
        let (other, exercise, practise) = (Table::new(), BTreeMap::new(), BTreeMap::new());
        Progress { version: VERSION, current: None, other, exercise, practise }
    }
}

impl Progress {
    /// Reads the file; where there is none, nothing has been solved yet.
    ///
    /// # Errors
    ///
    /// If it cannot be used. It is left as it is.
    pub(crate) fn read(workspace: &Workspace) -> Result<Progress, ProgressError> {
        let path = workspace.progress();
        let text = workspace.read_if_there(&path).map_err(ProgressError::Unreadable)?;
        let Some(text) = text else { return Ok(Progress::default()) };
        let file = workspace.short(&path);
        match toml::from_str::<Progress>(&text) {
            Err(why) => Err(ProgressError::Damaged { file, why }),
            Ok(Progress { version, .. }) if version != VERSION => {
                Err(ProgressError::Newer { file, version })
            }
            Ok(progress) => Ok(progress),
        }
    }

    /// The exercise that was worked at last.
    pub(crate) fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Remembers which exercise is worked at.
    pub(crate) fn turn_to(&mut self, name: String) {
        self.current = Some(name);
    }

    /// What is remembered of an exercise.
    pub(crate) fn entry(&self, name: &str) -> Entry {
        self.exercise.get(name).cloned().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(crate) fn entry_mut(&mut self, name: &str) -> &mut Entry {
        self.exercise.entry(name.to_owned()).or_default()
    }

    /// The answers to questions of a topic.
    pub(crate) fn score(&self, topic: &str) -> Score {
        self.practise.get(topic).cloned().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(crate) fn score_mut(&mut self, topic: &str) -> &mut Score {
        self.practise.entry(topic.to_owned()).or_default()
    }

    /// Changes the file as it is now, and gives what is in it. Another coach may do the same at
    /// this moment: a lock lets one change come after the other, and none is lost.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written, or is a newer coach's; it is as it was then.
    pub(crate) fn update(
        workspace: &Workspace,
        change: impl FnOnce(&mut Progress),
    ) -> Result<Progress> {
        let file = workspace.progress();
        let short = workspace.short(&file);
        let lock = File::create(file.with_extension("toml.lock"))
            .and_then(|lock| lock.lock().map(|()| lock))
            .with_context(|| format!("cannot write {short} to save your progress"))?;
        let before = match Progress::read(workspace) {
            Err(ProgressError::Damaged { .. }) => {
                put_aside(workspace)?;
                None
            }
            other => Some(other?),
        };
        let mut progress = before.clone().unwrap_or_default();
        change(&mut progress);
        if before.as_ref() != Some(&progress) {
            let text = HEAD.to_owned() + &toml::to_string(&progress)?;
            files::replace(&file, text.as_bytes())
                .with_context(|| format!("cannot write {short} to save your progress"))?;
        }
        drop(lock);
        Ok(progress)
    }
}

/// Gives a damaged file a name that no file has yet. (Through a link, the copy is made here.)
fn put_aside(workspace: &Workspace) -> Result<()> {
    let file = workspace.progress();
    let names = (1..).map(|number| file.with_extension(format!("toml.damaged.{number}")));
    let aside = names.into_iter().find(|name| fs::symlink_metadata(name).is_err());
    let aside = aside.context("no file name is free")?;
    fs::copy(&file, &aside).with_context(|| format!("cannot rename {}", workspace.short(&file)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_verdict_about_the_same_answer_wins() {
        let mut entry = Entry::default();
        assert_eq!(entry.verdict("a"), None);
        entry.record("a".into(), true);
        assert_eq!(entry.verdict("a"), Some(true));
        entry.record("a".into(), false);
        assert_eq!(entry.verdict("a"), Some(false));
        entry.record("b".into(), true);
        assert_eq!((entry.verdict("a"), entry.verdict("b")), (Some(false), Some(true)));
        entry.record("a".into(), true);
        assert_eq!(entry.verdict("a"), Some(true));
    }

    #[test]
    fn fields_of_a_later_version_are_kept() {
        let text = "version = 1\nmood = \"good\"\n[exercise.a]\nhints = 1\nstars = 5\n";
        let progress: Progress = toml::from_str(text).unwrap();
        let written = toml::to_string(&progress).unwrap();
        assert!(written.contains("mood = \"good\"") && written.contains("stars = 5"), "{written}");
        assert_eq!(toml::from_str::<Progress>(&written).unwrap(), progress);
    }
}
