//! Every order in which the steps of some processes can happen.
//!
//! The steps of one process happen in their order; a child's steps come after the `fork(child)`
//! that makes it, and what follows `wait(child)` comes after the child's last step. Every order
//! that keeps these three rules can happen, and no other can (`man 2 fork`, `man 2 wait`).

use std::collections::HashMap;

/// The processes of a question, each with its steps. The first one is there from the beginning.
pub(super) struct Processes<'a>(Vec<Process<'a>>);

struct Process<'a> {
    name: &'a str,
    steps: Vec<Step<'a>>,
}

enum Step<'a> {
    /// Something that is seen.
    Say(&'a str),
    Fork(&'a str),
    Wait(&'a str),
}

/// How far each process is; one that is not yet forked is absent.
type State<'a> = HashMap<&'a str, usize>;

impl<'a> Processes<'a> {
    /// Reads lines such as `parent: A fork(child) wait(child) B`.
    pub(super) fn read(lines: &[&'a str]) -> Result<Self, String> {
        let processes: Result<Vec<_>, _> = lines.iter().map(|line| process(line)).collect();
        let all = Processes(processes?);
        let steps = all.0.iter().flat_map(|process| &process.steps);
        for step in steps {
            if let Step::Fork(name) | Step::Wait(name) = step
                && !all.0.iter().any(|process| process.name == *name)
            {
                return Err(format!("there is no process {name}"));
            }
        }
        Ok(all)
    }

    /// Every order of what is said.
    pub(super) fn orders(&self) -> Vec<Vec<&'a str>> {
        let mut found = Vec::new();
        self.go_on(&State::from([(self.0[0].name, 0)]), &mut Vec::new(), &mut found);
        found.sort();
        found.dedup();
        found
    }

    fn go_on(&self, state: &State<'a>, said: &mut Vec<&'a str>, found: &mut Vec<Vec<&'a str>>) {
        let mut moved = false;
        for process in &self.0 {
            let Some(&at) = state.get(process.name) else { continue };
            let Some(step) = process.steps.get(at) else { continue };
            let mut next = state.clone();
            next.insert(process.name, at + 1);
            let length = said.len();
            match step {
                Step::Say(word) => said.push(word),
                Step::Fork(child) => drop(next.insert(child, 0)),
                Step::Wait(child) if !self.ended(child, state) => continue,
                Step::Wait(_) => {}
            }
            moved = true;
            self.go_on(&next, said, found);
            said.truncate(length);
        }
        if !moved {
            found.push(said.clone());
        }
    }

    fn ended(&self, name: &str, state: &State<'_>) -> bool {
        let process = self.0.iter().find(|process| process.name == name);
        process.is_some_and(|process| state.get(name) == Some(&process.steps.len()))
    }
}

fn process(line: &str) -> Result<Process<'_>, String> {
    let (name, steps) =
        line.split_once(':').ok_or_else(|| format!("no colon in `process {line}`"))?;
    let steps = steps.split_whitespace().map(|word| {
        let inside = |call: &str| word.strip_prefix(call)?.strip_suffix(')');
        match (inside("fork("), inside("wait(")) {
            (Some(child), _) => Step::Fork(child),
            (_, Some(child)) => Step::Wait(child),
            _ => Step::Say(word),
        }
    });
    Ok(Process { name: name.trim(), steps: steps.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(lines: &[&str]) -> Vec<String> {
        let processes = Processes::read(lines).unwrap();
        processes.orders().iter().map(|order| order.concat()).collect()
    }

    #[test]
    fn a_wait_orders_what_a_fork_let_loose() {
        assert_eq!(orders(&["p: A fork(c) C wait(c) D", "c: B"]), ["ABCD", "ACBD"]);
        assert_eq!(orders(&["p: A fork(c) C D", "c: B"]), ["ABCD", "ACBD", "ACDB"]);
    }

    #[test]
    fn two_children_mix_freely() {
        let all = orders(&["p: fork(a) fork(b) wait(a) wait(b) z", "a: 1 2", "b: 3 4"]);
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|order| order.ends_with('z')));
    }

    #[test]
    fn a_process_that_nobody_described_is_an_error() {
        assert!(Processes::read(&["p: fork(c)"]).is_err());
        assert!(Processes::read(&["p A"]).is_err());
    }
}
