//! What every page of a kind must have, so that a reader knows where to look.

use std::path::Path;

use crate::workspace::Workspace;

/// What a chapter must have that belongs to a lesson: what to look for in its text, and its name.
const LESSON: [(&str, &str); 6] = [
    ("<div class=\"goals\">", "what you can do after it"),
    (",from=", "a piece of the program"),
    ("```console", "a run"),
    ("\n## What goes wrong", "what goes wrong"),
    ("```quiz", "a question"),
    ("\n## Further reading", "further reading"),
];

/// What an exercise's page must have.
const EXERCISE: [(&str, &str); 7] = [
    ("\n## The task", "the task"),
    ("\n## Run its checks", "how to run its checks"),
    ("```hints", "hints"),
    ("\n## Read the verdict", "how to read the verdict"),
    ("```console", "a verdict as the checks give it"),
    ("```quiz", "a question"),
    ("<details>", "a discussion of the reference behind a fold"),
];

/// The parts that the page lacks.
pub(crate) fn missing(page: &Path, text: &str, workspace: &Workspace) -> Vec<String> {
    let is_exercise = page.parent().is_some_and(|folder| folder.ends_with("exercises"));
    let parts: &[(&str, &str)] = match page.file_stem() {
        _ if is_exercise => &EXERCISE,
        Some(name) if has_lesson(workspace.root(), &name.to_string_lossy()) => &LESSON,
        _ => &[],
    };
    let missing = parts.iter().filter(|(mark, _)| !text.contains(mark));
    missing.map(|(_, name)| format!("it lacks {name}")).collect()
}

/// Whether there is a folder `lessons/NN-NAME`.
fn has_lesson(root: &Path, name: &str) -> bool {
    let lessons = std::fs::read_dir(root.join("lessons")).into_iter().flatten().flatten();
    lessons.map(|entry| entry.file_name()).any(|folder| {
        folder.to_string_lossy().split_once('-').is_some_and(|(_, lesson)| lesson == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_its_parts_is_named() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("lessons/01-fork-basics")).unwrap();
        let workspace = Workspace::at(root.path());
        let missing = |page: &str, text: &str| missing(Path::new(page), text, &workspace);
        assert_eq!(missing("src/fork-basics.md", "```quiz").len(), LESSON.len() - 1);
        assert_eq!(missing("src/fork-safety.md", ""), [""; 0]);
        let said = missing("src/exercises/x.md", "\n## The task\n```hints\n```quiz\n<details>");
        assert_eq!(said[0], "it lacks how to run its checks");
        assert_eq!(said.len(), 3);
    }
}
