//! What has been solved: one small file, `exercises/progress.toml`, which git ignores.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::workspace::Workspace;

const HEAD: &str = "\
# Kept by `cargo coach`: which exercises you have solved, and how many hints you have seen.
# Without this file everything is checked anew; your answers are not in it.

";

/// The format of the file that is described here.
const VERSION: u32 = 1;

/// All that is remembered. A field that is not known here is an error, not dropped: the file
/// would lose it when it is written again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    version: u32,
    /// The exercise that was worked at last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// By the name of the exercise.
    #[serde(default)]
    pub exercise: BTreeMap<String, Entry>,
}

/// What is remembered of one exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    /// How many of its hints were shown.
    pub hints: usize,
    /// The digest of the answer that passed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<String>,
    /// The digest of the answer that failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { version: VERSION, current: None, exercise: BTreeMap::new() }
    }
}

impl Progress {
    /// Reads the file; where there is none, nothing has been solved yet.
    ///
    /// # Errors
    ///
    /// If it is torn, or of another make. It is left as it is.
    pub fn read(workspace: &Workspace) -> Result<Progress> {
        let file = workspace.progress();
        let short = workspace.short(&file);
        let Some(text) = workspace.read_if_there(&file)? else { return Ok(Progress::default()) };
        let progress: Progress = toml::from_str(&text).with_context(|| {
            format!(
                "{short} makes no sense, and was left as it is.\n\
                 Mend it, or put it aside with `mv {short} {short}.old`: your answers are not in \
                 it, and `cargo coach check` finds out again which are right"
            )
        })?;
        let version = progress.version;
        ensure!(version == VERSION, "{short} is of version {version}: `git pull` the coach for it");
        Ok(progress)
    }

    /// What is remembered of an exercise.
    pub fn of(&self, name: &str) -> Entry {
        self.exercise.get(name).cloned().unwrap_or_default()
    }

    /// Changes the file, as it is now (there may be another coach), and gives what is in it.
    ///
    /// # Errors
    ///
    /// If it cannot be read or written; then the old one is still there.
    pub fn update(workspace: &Workspace, change: impl FnOnce(&mut Progress)) -> Result<Progress> {
        let before = Progress::read(workspace)?;
        let mut progress = before.clone();
        change(&mut progress);
        if progress != before {
            progress.write(workspace)?;
        }
        Ok(progress)
    }

    /// The new file takes the old one's place in one step, when all of it is on the disk.
    fn write(&self, workspace: &Workspace) -> Result<()> {
        let file = workspace.progress();
        let new = file.with_extension(format!("toml.{}", std::process::id()));
        let text = HEAD.to_owned() + &toml::to_string(self)?;
        let written = File::create(&new)
            .and_then(|mut into| into.write_all(text.as_bytes()).and_then(|()| into.sync_data()))
            .and_then(|()| fs::rename(&new, &file));
        if written.is_err() {
            let _ = fs::remove_file(&new); // it may not even be there
        }
        written.with_context(|| format!("cannot write {}", workspace.short(&file)))
    }
}
