//! A picture of the processes of a case and of what each waits for.

use crate::process::Process;
use crate::waiting;

/// The processes in `all` that are below `root`, as a tree. `case` is the PID of the case as it
/// sees itself.
pub(crate) fn draw(root: i32, case: i32, all: &[Process]) -> String {
    let mut lines = String::new();
    draw_children(root, case, all, "", &mut lines);
    lines
}

fn draw_children(parent: i32, case: i32, all: &[Process], indent: &str, lines: &mut String) {
    let children: Vec<&Process> = all.iter().filter(|process| process.parent == parent).collect();
    for (index, child) in children.iter().enumerate() {
        let (branch, below) = if index + 1 < children.len() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        let (pid, role) = (child.own_pid, role(child, case, all));
        let doing = waiting::doing(child, all);
        lines.push_str(&format!("{indent}{branch}{pid} {role}: {doing}\n"));
        draw_children(child.pid, case, all, &format!("{indent}{below}"), lines);
    }
}

fn role(process: &Process, case: i32, all: &[Process]) -> &'static str {
    if process.own_pid == case {
        return "parent";
    }
    match all.iter().find(|other| other.pid == process.parent) {
        None => "orphan",
        Some(parent) if parent.own_pid == case => "child",
        Some(_) => "grandchild",
    }
}
