//! The exercises, in the order of the book: `exercises/exercises.toml`.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::arguments::Nonsense;
use crate::workspace::Workspace;

/// All exercises.
#[derive(Clone, Debug, Deserialize)]
pub struct Catalogue {
    /// In the order of the book.
    #[serde(rename = "exercise")]
    pub exercises: Vec<Exercise>,
}

/// What there is to say about one.
#[derive(Clone, Debug, Deserialize)]
pub struct Exercise {
    /// Its name, which is that of its files.
    pub name: String,
    /// What it asks for, in a line.
    pub title: String,
    /// The chapter to read before, as in `fork-basics.md`.
    pub chapter: String,
    /// The chapter that comes after it.
    pub next: String,
    /// Hints, each nearer to the code, in Markdown.
    pub hints: Vec<String>,
}

impl Catalogue {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// If it cannot be read, makes no sense, or is empty.
    pub fn read(workspace: &Workspace) -> Result<Catalogue> {
        let file = workspace.catalogue();
        let text = workspace.read(&file)?;
        let catalogue: Catalogue = toml::from_str(&text)
            .with_context(|| format!("{} makes no sense", workspace.short(&file)))?;
        ensure!(!catalogue.exercises.is_empty(), "{} is empty", workspace.short(&file));
        Ok(catalogue)
    }

    /// Which one has this name.
    ///
    /// # Errors
    ///
    /// If none has, with the name that was perhaps meant.
    pub fn find(&self, name: &str) -> Result<usize> {
        // As typed by a shell's completion, or copied from a list.
        let bare = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".rs");
        let bare = bare.replace('-', "_");
        match self.exercises.iter().position(|exercise| exercise.name == bare) {
            Some(at) => Ok(at),
            None => {
                let names = self.exercises.iter().map(|exercise| exercise.name.as_str());
                let meant = did_you_mean(&bare, names);
                bail!(Nonsense(format!("there is no exercise '{name}'{meant}")))
            }
        }
    }
}

/// " (did you mean 'x'?)", if one of the words is near enough.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = known.map(|other| (strsim::damerau_levenshtein(word, other), other));
    match near.min() {
        Some((distance, other)) if distance <= (other.len() / 3).max(1) => {
            format!(": did you mean '{other}'?")
        }
        _ => ": `cargo coach list` shows all, `cargo coach help` what you can do".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let entry = |name: &str| Exercise {
            name: name.to_owned(),
            title: String::new(),
            chapter: String::new(),
            next: String::new(),
            hints: Vec::new(),
        };
        Catalogue { exercises: ["fork_basics", "many_forks"].map(entry).into() }
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
