//! The tree of all orders: a step is a branch, and the end of a run is a leaf.

use std::collections::BTreeMap;

use orders::{Choice, Outcome, Step};
use serde_json::{Value, json};

pub(crate) const WIDTH: usize = 80;

/// What can follow a state.
#[derive(Default)]
pub(crate) struct Tree {
    branches: BTreeMap<Choice, (Step, Tree)>,
    /// How the run ended, if it ended here.
    end: Option<Outcome>,
}

impl Tree {
    /// Adds a run.
    pub(crate) fn add(&mut self, steps: &[Step], outcome: &Outcome) {
        match steps.split_first() {
            None => self.end = Some(outcome.clone()),
            Some((step, rest)) => {
                let branch = self.branches.entry(step.choice.clone());
                let branch = branch.or_insert_with(|| (step.clone(), Tree::default()));
                branch.1.add(rest, outcome);
            }
        }
    }

    /// The branches as a list, each with its process, its step, what that prints, and what can
    /// follow: branches again, or the number of an outcome, counted from 1 in `outcomes`.
    pub(crate) fn as_json(&self, outcomes: &[&Outcome]) -> Value {
        let branch = |(step, next): &(Step, Tree)| {
            json!({
                "process": step.process().short(),
                "step": step.words,
                "prints": step.printed,
                "next": next.as_json(outcomes),
            })
        };
        match &self.end {
            None => self.branches.values().map(branch).collect(),
            Some(end) => {
                let place = outcomes.iter().position(|outcome| *outcome == end);
                json!(place.map(|place| place + 1))
            }
        }
    }

    /// The same for people. Steps without a choice between them share a line.
    pub(crate) fn as_text(&self, outcomes: &[&Outcome]) -> String {
        let mut lines = Vec::new();
        self.write(outcomes, "", &mut lines);
        lines.concat()
    }

    fn write(&self, outcomes: &[&Outcome], indent: &str, lines: &mut Vec<String>) {
        let last = self.branches.len().saturating_sub(1);
        for (index, (step, next)) in self.branches.values().enumerate() {
            let (mark, bar) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (mut parts, next) = next.without_choice(step);
            let end = next.end.as_ref();
            let place = end.and_then(|end| outcomes.iter().position(|outcome| *outcome == end));
            parts.extend(place.map(|place| format!("→ outcome {}", place + 1)));
            let width = WIDTH - indent.chars().count() - mark.chars().count() - 2;
            for (number, line) in wrapped(&parts, width).iter().enumerate() {
                let mark = if number == 0 { mark } else { bar };
                let more = if number == 0 { "" } else { "  " };
                lines.push(format!("{indent}{mark}{more}{line}\n"));
            }
            next.write(outcomes, &format!("{indent}{bar}"), lines);
        }
    }

    /// `first` and the steps that have to follow it, in words, and the branches after them.
    fn without_choice<'t>(&'t self, first: &'t Step) -> (Vec<String>, &'t Tree) {
        let mut parts = vec![first.to_string()];
        let (mut process, mut tree) = (first.process(), self);
        while let (1, Some((step, next))) = (tree.branches.len(), tree.branches.values().next()) {
            let same = step.process() == process;
            parts.push(if same { step.words.clone() } else { step.to_string() });
            (process, tree) = (step.process(), next);
        }
        (parts, tree)
    }
}

/// The parts in lines of at most `width` columns, unless a part is longer.
fn wrapped(parts: &[String], width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (index, part) in parts.iter().enumerate() {
        let part = if index + 1 < parts.len() { format!("{part},") } else { part.clone() };
        let line = lines.last_mut().expect("BUG: there is a line from the start");
        if line.is_empty() {
            *line = part;
        } else if line.chars().count() + 1 + part.chars().count() <= width {
            *line = format!("{line} {part}");
        } else {
            lines.push(part);
        }
    }
    lines
}
