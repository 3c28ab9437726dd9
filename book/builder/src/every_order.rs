//! What a search over every order of a program's steps has found, for the pages that speak of it.
//!
//! The search is `lesson-every-order`. It needs Linux and takes a moment, and the book is built
//! elsewhere too, and often. So a build takes what was recorded into `book/recordings/`, and the
//! tests search again and compare.
//!
//! ````text
//! ```scheduler
//! $ cargo run -q -p lesson-every-order -- target/debug/lesson-fork-basics
//! The reader is the scheduler.
//! ```
//! ````
//!
//! Without scripts the fence is the tree of orders as a list. `theme/scheduler.js` lets the reader
//! choose at each state which process goes on.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::fences::{Fence, fences};
use crate::html::{escape, inline};
use crate::transcript::run;
use crate::workspace::Workspace;

/// How a command begins that searches.
const SEARCH: &str = "cargo run -q -p lesson-every-order -- ";

/// A program in every order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduler {
    /// As a reader types it.
    pub command: String,
    caption: String,
}

impl Scheduler {
    /// Reads a fence; `None` if it is no `scheduler`.
    ///
    /// # Errors
    ///
    /// If it has no command that searches, or no caption.
    pub fn read(fence: &Fence<'_>) -> Option<Result<Self, String>> {
        (fence.language == "scheduler").then(|| {
            let (first, caption) = fence.body.split_once('\n').unwrap_or((fence.body, ""));
            let command = first.strip_prefix("$ ").filter(|command| command.starts_with(SEARCH));
            let command = command.ok_or_else(|| format!("it begins with `$ {SEARCH}PROGRAM`"))?;
            let (command, caption) = (command.trim().to_owned(), caption.trim().to_owned());
            if caption.is_empty() {
                return Err("a caption says what the program does".to_owned());
            }
            Ok(Scheduler { command, caption })
        })
    }

    fn program(&self) -> &str {
        &self.command[SEARCH.len()..]
    }

    fn file(&self, root: &Path) -> PathBuf {
        let name = self.program().rsplit('/').next().unwrap_or_default();
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
        root.join("book/recordings").join(format!("every-order-{name}.json"))
    }

    /// The recorded search.
    fn recorded(&self, root: &Path) -> Result<Value, String> {
        let file = self.file(root);
        let text = fs::read_to_string(&file);
        let text = text.map_err(|why| format!("{}: {why}", file.display()))?;
        serde_json::from_str(&text).map_err(|why| format!("{}: {why}", file.display()))
    }

    /// The tree as a list, with the data for the script.
    pub(crate) fn html(&self, root: &Path, id: &str) -> Result<String, String> {
        let data = self.recorded(root);
        let data = data.map_err(|why| format!("{why}; `cargo book bless` records"))?;
        // In a script element nothing is escaped, so no tag may begin in it.
        let script = data.to_string().replace('<', "\\u003c");
        let (caption, program) = (inline(&self.caption), escape(self.program()));
        Ok(format!(
            "<section class=\"scheduler\" id=\"{id}\" aria-label=\"You are the scheduler\">\
             <p class=\"caption\">{caption}</p>\
             <details class=\"tree\" open><summary>The tree of orders of \
             <code>{program}</code> as a list</summary>{}</details>\
             <script type=\"application/json\">{script}</script></section>\n\n",
            list(&data["tree"])
        ))
    }
}

/// The branches as a list, and what follows each as a list in it. Steps that have to follow one
/// another stand in one item.
fn list(branches: &Value) -> String {
    let mut html = String::from("<ul>");
    for branch in branches.as_array().into_iter().flatten() {
        let (mut text, mut process, mut next) = (told(branch), &branch["process"], &branch["next"]);
        while let Some([only]) = next.as_array().map(Vec::as_slice) {
            let step = only["step"].as_str().unwrap_or_default();
            text += ", ";
            text += &if only["process"] == *process { step.to_owned() } else { told(only) };
            (process, next) = (&only["process"], &only["next"]);
        }
        let _ = write!(html, "<li>{}", escape(&text));
        match next.as_u64() {
            Some(outcome) => {
                let _ = write!(html, ": <strong>output {outcome}</strong>");
            }
            None => html += &list(next),
        }
        html += "</li>";
    }
    html + "</ul>"
}

/// A step with its process.
fn told(branch: &Value) -> String {
    let step = branch["step"].as_str().unwrap_or_default();
    match branch["process"].as_str() {
        Some("0") | None => format!("parent {step}"),
        Some(child) => format!("child {child} {step}"),
    }
}

/// All such fences of all chapters, with their places.
///
/// # Errors
///
/// If a chapter cannot be read or a fence makes no sense.
pub fn schedulers(workspace: &Workspace) -> Result<Vec<(String, Scheduler)>> {
    let mut all = Vec::new();
    for chapter in workspace.chapters()? {
        let text = fs::read_to_string(&chapter)?;
        for fence in fences(&text) {
            let Some(scheduler) = Scheduler::read(&fence) else { continue };
            let place = format!("{}:{}", workspace.relative(&chapter).display(), fence.line);
            let scheduler = scheduler.map_err(anyhow::Error::msg).with_context(|| place.clone())?;
            all.push((place, scheduler));
        }
    }
    Ok(all)
}

/// Searches again and compares.
///
/// # Errors
///
/// If there is no recording, it cannot be made again, or the two differ.
pub fn check(scheduler: &Scheduler, workspace: &Workspace) -> Result<()> {
    let shown = scheduler.recorded(workspace.root()).map_err(anyhow::Error::msg)?;
    let now = record(scheduler, workspace)?;
    ensure!(shown == now, "another tree than on the page; now it is\n{now:#}");
    Ok(())
}

/// Records every tree whose recording is missing or no longer fits. Gives the files.
///
/// # Errors
///
/// If a program cannot be searched or a file not be written.
pub(crate) fn bless(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (_, scheduler) in schedulers(workspace)? {
        if check(&scheduler, workspace).is_err() {
            let file = scheduler.file(workspace.root());
            let now = record(&scheduler, workspace)?;
            fs::write(&file, format!("{now:#}\n")).with_context(|| file.display().to_string())?;
            written.push(file);
        }
    }
    Ok(written)
}

/// Whether this machine lets the search do its work.
pub fn can_search(workspace: &Workspace) -> bool {
    let ran = run::run(&format!("{SEARCH}true"), workspace);
    cfg!(target_os = "linux") && ran.is_ok_and(|ran| ran.code == 0)
}

/// The tree and the outputs at its ends.
fn record(scheduler: &Scheduler, workspace: &Workspace) -> Result<Value> {
    let found = search(&format!("--all --tree {}", scheduler.program()), workspace)?;
    let outputs: Vec<&Value> = found["outcomes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|outcome| &outcome["output"])
        .collect();
    Ok(json!({"outputs": outputs, "tree": found["tree"]}))
}

/// What the search prints, which has to be a proof.
fn search(arguments: &str, workspace: &Workspace) -> Result<Value> {
    let command = format!("{SEARCH}--json {arguments}");
    let ran = run::run(&command, workspace).map_err(anyhow::Error::msg)?;
    let found: Value = serde_json::from_str(&ran.lines.join("\n"))
        .with_context(|| format!("{command}:\n{}", ran.lines.join("\n")))?;
    ensure!(found["proof"] == true, "{command} proves nothing:\n{found:#}");
    Ok(found)
}

/// All outputs that the processes of a question can have, as words: found by running them.
///
/// # Errors
///
/// If the search fails or is no proof.
pub(crate) fn outputs(processes: &[String], workspace: &Workspace) -> Result<Vec<Vec<String>>> {
    let quoted = processes.iter().map(|line| format!("'{line}'"));
    let arguments = format!("target/debug/family {}", quoted.collect::<Vec<_>>().join(" "));
    let found = search(&arguments, workspace)?;
    let outcomes = found["outcomes"].as_array().into_iter().flatten();
    let words = |outcome: &Value| {
        let output = outcome["output"].as_str().unwrap_or_default();
        output.split_whitespace().map(str::to_owned).collect()
    };
    let mut all: Vec<Vec<String>> = outcomes.map(words).collect();
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Value {
        let step = |process: &str, step: &str, next: Value| json!({"process": process, "step": step, "prints": null, "next": next});
        let (one, two) = (step("1", "ends", json!(1)), step("0", "waits", json!(2)));
        json!([step("0", "forks", json!([step("0", "writes", json!([one, two]))]))])
    }

    #[test]
    fn steps_without_a_choice_stand_in_one_item() {
        assert_eq!(
            list(&tree()),
            "<ul><li>parent forks, writes<ul>\
             <li>child 1 ends: <strong>output 1</strong></li>\
             <li>parent waits: <strong>output 2</strong></li></ul></li></ul>"
        );
    }

    #[test]
    fn a_fence_has_a_command_that_searches_and_a_caption() {
        let read = |body: &str| {
            let text = format!("```scheduler\n{body}\n```\n");
            Scheduler::read(&fences(&text)[0]).unwrap()
        };
        let scheduler = read(&format!("$ {SEARCH}target/debug/lesson-x 2\nTwo.")).unwrap();
        assert_eq!(scheduler.caption, "Two.");
        let file = scheduler.file(Path::new(""));
        assert_eq!(file, Path::new("book/recordings/every-order-lesson-x_2.json"));
        assert!(read(&format!("$ {SEARCH}x")).unwrap_err().contains("caption"));
        assert!(read("$ target/debug/x\nX.").unwrap_err().contains("begins with"));
    }
}
