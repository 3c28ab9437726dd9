//! The exercises, in the order of the book: `exercises/exercises.toml`, and the hints in
//! `exercises/hints`.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::suggestion::did_you_mean;
use crate::workspace::Workspace;

/// All exercises.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Catalogue {
    #[serde(rename = "exercise")]
    exercises: Vec<Exercise>,
}

/// One exercise.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Exercise {
    /// Its name, which is that of its files.
    pub(crate) name: String,
    /// What it asks for, in a line.
    pub(crate) title: String,
    /// The chapter to read before, as in `fork-basics.md`.
    pub(crate) chapter: String,
    /// The chapter that comes after it; `None` if another exercise does. Read from the book's summary.
    #[serde(skip)]
    pub(crate) next: Option<String>,
    /// About how many minutes it takes.
    #[serde(default)]
    pub(crate) minutes: Option<u32>,
    /// Hints in Markdown, each nearer to the code.
    #[serde(skip)]
    pub(crate) hints: Vec<String>,
}

/// There is no exercise with this name.
#[derive(Debug)]
pub(crate) struct UnknownExercise {
    name: String,
    suggestion: String,
}

impl fmt::Display for UnknownExercise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no exercise '{}'{}", self.name, self.suggestion)
    }
}

impl std::error::Error for UnknownExercise {}

impl Catalogue {
    /// Reads the list and the hints.
    ///
    /// # Errors
    ///
    /// If the list cannot be read, is not as described here, or is empty.
    pub(crate) fn read(workspace: &Workspace) -> Result<Catalogue> {
        let file = workspace.catalogue();
        let text = workspace.read(&file)?;
        let short = workspace.short(&file);
        let mut catalogue: Catalogue =
            toml::from_str(&text).with_context(|| format!("{short} is not valid"))?;
        ensure!(!catalogue.exercises.is_empty(), "{short} is empty");
        let summary = workspace.read_if_there(&workspace.chapter("SUMMARY.md"))?;
        for exercise in &mut catalogue.exercises {
            exercise.next = summary.as_deref().and_then(|text| chapter_after(text, &exercise.name));
            let files = (1..).map(|number| workspace.hint(&exercise.name, number));
            let hints = files.map_while(|file| workspace.read_if_there(&file).transpose());
            exercise.hints = hints.collect::<Result<_>>()?;
        }
        Ok(catalogue)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.exercises.len()
    }

    /// The exercise with this index.
    pub(crate) fn exercise(&self, index: usize) -> &Exercise {
        &self.exercises[index]
    }

    /// All of them in the order of the book.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Exercise> {
        self.exercises.iter()
    }

    /// The index of the exercise with exactly this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.exercises.iter().position(|exercise| exercise.name == name)
    }

    /// The index of the exercise that a reader means, who may have typed its file or dashes.
    ///
    /// # Errors
    ///
    /// If there is none, with the name that was perhaps meant.
    pub(crate) fn find(&self, name: &str) -> Result<usize, UnknownExercise> {
        let bare = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".rs");
        let bare = bare.replace('-', "_");
        self.position(&bare).ok_or_else(|| {
            let names = self.iter().map(|exercise| exercise.name.as_str());
            UnknownExercise { name: name.to_owned(), suggestion: did_you_mean(&bare, names) }
        })
    }
}

/// The file of the chapter that the book's summary has after the exercise `name`; `None` if it has
/// another exercise there.
fn chapter_after(summary: &str, name: &str) -> Option<String> {
    let mut files = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    let page = format!("exercises/{name}.md");
    files.find(|file| *file == page)?;
    files.next().filter(|file| !file.starts_with("exercises/")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let text = ["fork_basics", "many_forks"]
            .map(|name| format!("[[exercise]]\nname = \"{name}\"\ntitle = \"\"\nchapter = \"\"\n"));
        toml::from_str(&text.concat()).unwrap()
    }

    #[test]
    fn what_comes_next_is_in_the_summary() {
        let summary = "- [One](one.md)\n  - [A](exercises/a.md)\n  - [B](exercises/b.md)\n\n- [Two](two.md)\n";
        assert_eq!(chapter_after(summary, "a"), None);
        assert_eq!(chapter_after(summary, "b").as_deref(), Some("two.md"));
        assert_eq!(chapter_after(summary, "c"), None);
    }

    #[test]
    fn a_name_may_be_a_path() {
        for name in ["many_forks", "many-forks", "exercises/src/many_forks.rs"] {
            assert_eq!(catalogue().find(name).unwrap(), 1);
        }
    }

    #[test]
    fn a_slip_is_pointed_out_and_nonsense_is_not_guessed_at() {
        let why = |name| catalogue().find(name).unwrap_err().to_string();
        assert!(why("fork_basic").contains("did you mean 'fork_basics'?"));
        assert!(why("mnay_forks").contains("did you mean 'many_forks'?"));
        assert!(why("zebra").contains("cargo coach list"));
    }
}
