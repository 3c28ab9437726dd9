//! What to call the processes in a drawing.

use crate::{Process, Run};

/// A name for each process of `run`, in their order.
///
/// Where no process ran another program, all would have the same name, so they are called by their
/// place in the family instead: `parent`, `child 2`, and `child 2.1` for a child of that one.
/// Otherwise each is called by the program that it ran last.
pub fn names(run: &Run) -> Vec<String> {
    let program = |process: &Process| process.name.clone();
    let one_program = run.processes.iter().skip(1).all(|process| process.execs.is_empty());
    if !one_program || run.processes.len() == 1 {
        return run.processes.iter().map(program).collect();
    }
    let mut made = vec![0; run.processes.len()];
    let mut names: Vec<String> = Vec::new();
    for process in &run.processes {
        let name = process.parent.map_or("parent".to_owned(), |parent| {
            made[parent] += 1;
            let number = made[parent];
            if parent == 0 {
                format!("child {number}")
            } else {
                format!("{}.{number}", names[parent])
            }
        });
        names.push(name);
    }
    names
}

/// What several processes are called together.
pub(crate) fn common(names: &[String], members: &[usize]) -> String {
    let name = &names[members[0]];
    let same = members.iter().all(|member| names[*member] == *name);
    if same { name.clone() } else { "child".to_owned() }
}
