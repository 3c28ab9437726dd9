//! The processes of questions, run by a real program in every order.
//!
//! A build finds the orders of a question by counting (see [`super::orders`]), which takes no time
//! and works on every system. Here the same `process` lines are the arguments of the program
//! `family`, which forks, waits and prints as they say, and `lesson-every-order` proves what its
//! outputs are. The two have to agree, so that no claim in the book rests on a model of `fork` and
//! `wait` alone.

use std::fs;

use anyhow::{Result, ensure};

use super::Quiz;
use super::orders::Processes;
use crate::every_order::outputs;
use crate::fences::fences;
use crate::workspace::Workspace;

/// The program that is run.
pub(crate) const FAMILY: &str = "cargo run -q -p book-examples --bin family";

/// A question with processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// Its chapter and line.
    pub place: String,
    processes: Vec<String>,
}

impl Searched {
    /// Runs the processes in every order, and compares.
    ///
    /// # Errors
    ///
    /// If the search fails, or finds other outputs than the build.
    pub fn check(&self, workspace: &Workspace) -> Result<()> {
        let lines: Vec<&str> = self.processes.iter().map(String::as_str).collect();
        let counted = Processes::read(&lines).map_err(anyhow::Error::msg)?.orders();
        let found = outputs(&self.processes, workspace)?;
        ensure!(counted == found, "counted: {counted:?}\nfound by running: {found:?}");
        Ok(())
    }
}

/// All questions with processes.
///
/// # Errors
///
/// If a chapter cannot be read.
pub fn searched(workspace: &Workspace) -> Result<Vec<Searched>> {
    let mut all = Vec::new();
    for chapter in workspace.chapters()? {
        let text = fs::read_to_string(&chapter)?;
        for fence in fences(&text).iter().filter(|fence| fence.language == "quiz") {
            let processes = Quiz::processes(fence);
            if !processes.is_empty() {
                let place = format!("{}:{}", workspace.relative(&chapter).display(), fence.line);
                all.push(Searched {
                    place,
                    processes: processes.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    }
    Ok(all)
}
