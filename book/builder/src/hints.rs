//! `hints` fences: staged hints, each behind a fold inside of the one before, so that they open
//! one by one, without scripts.
//!
//! ````text
//! ```hints
//! fork_basics
//! ```
//! ````
//!
//! The exercises are listed in `exercises/exercises.toml`, and their hints are the files
//! `exercises/hints/NAME/1.md` and so on. The coach reads both too.

use std::path::Path;

use serde::Deserialize;

use crate::html::markdown;

/// What the book wants to know of `exercises/exercises.toml`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Exercises {
    #[serde(default)]
    exercise: Vec<Exercise>,
}

#[derive(Debug, Deserialize)]
struct Exercise {
    name: String,
    /// Read from the files.
    #[serde(skip)]
    hints: Vec<String>,
}

impl Exercises {
    /// Reads the list of exercises; `None` if there is none in this workspace.
    pub(crate) fn load(root: &Path) -> Result<Option<Self>, String> {
        let file = "exercises/exercises.toml";
        let mut exercises: Self = match std::fs::read_to_string(root.join(file)) {
            Ok(text) => toml::from_str(&text).map_err(|why| format!("{file}: {why}"))?,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(format!("{file}: {why}")),
        };
        for exercise in &mut exercises.exercise {
            let folder = root.join("exercises/hints").join(&exercise.name);
            let files =
                (1..).map(|number| std::fs::read_to_string(folder.join(format!("{number}.md"))));
            exercise.hints = files.map_while(Result::ok).collect();
        }
        Ok(Some(exercises))
    }

    /// The hints for the exercise that a fence names.
    pub(crate) fn hints(&self, body: &str) -> Result<&[String], String> {
        let name = body.trim();
        let known = self.exercise.iter().find(|exercise| exercise.name == name);
        match known {
            Some(exercise) if !exercise.hints.is_empty() => Ok(&exercise.hints),
            Some(_) => Err(format!("exercises/hints has none for {name}")),
            None => Err(format!("exercises.toml has no exercise {name:?}")),
        }
    }
}

/// The hints as folds, one inside of the other.
pub(crate) fn folds(hints: &[String]) -> String {
    let fold = |inner: String, (at, hint): (usize, &String)| {
        let (number, text) = (at + 1, markdown(hint));
        let summary = if at == 0 { "A first hint".to_owned() } else { format!("Hint {number}") };
        format!("<details class=\"hint\"><summary>{summary}</summary>{text}{inner}</details>")
    };
    hints.iter().enumerate().rev().fold(String::new(), fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_lies_inside_of_the_one_before() {
        let html = folds(&["one".to_owned(), "`two`".to_owned()]);
        let (first, second) = (html.find("one").unwrap(), html.find("<code>two").unwrap());
        assert!(first < second);
        assert!(html.ends_with("</details></details>"), "{html}");
    }

    #[test]
    fn hints_are_those_of_the_exercise() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("exercises/hints/a")).unwrap();
        std::fs::write(root.path().join("exercises/exercises.toml"), "[[exercise]]\nname = \"a\"")
            .unwrap();
        std::fs::write(root.path().join("exercises/hints/a/1.md"), "h").unwrap();
        let list = Exercises::load(root.path()).unwrap().unwrap();
        assert_eq!(list.hints("a\n").unwrap(), ["h"]);
        assert!(list.hints("b").unwrap_err().contains("\"b\""));
    }
}
