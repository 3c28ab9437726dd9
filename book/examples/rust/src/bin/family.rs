//! The processes of a question, as a program: each argument describes one of them.
//!
//! `family 'parent: A fork(child) wait(child) B' 'child: C'` prints A, forks a process that prints
//! C and ends, waits for that process, and prints B. The first process exists from the start.
//! Each word is one line, in one write.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

type Steps = BTreeMap<String, Vec<String>>;

fn main() -> io::Result<()> {
    let lines: Vec<String> = std::env::args().skip(1).collect();
    let process = |line: &String| {
        let (name, steps) = line.split_once(':')?;
        Some((name.trim().to_owned(), steps.split_whitespace().map(str::to_owned).collect()))
    };
    let processes: Option<Vec<(String, Vec<String>)>> = lines.iter().map(process).collect();
    let processes = processes.filter(|processes| !processes.is_empty());
    let processes = processes.ok_or_else(|| wrong("each argument is `NAME: STEP…`"))?;
    let first = processes[0].0.clone();
    run(&first, &processes.into_iter().collect())
}

/// What the process `name` does.
fn run(name: &str, processes: &Steps) -> io::Result<()> {
    let steps = processes.get(name).ok_or_else(|| wrong(&format!("no process {name}")))?;
    let mut children: BTreeMap<&str, Pid> = BTreeMap::new();
    for step in steps {
        let inside = |call: &str| step.strip_prefix(call)?.strip_suffix(')');
        if let Some(child) = inside("fork(") {
            // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
            match unsafe { fork() }? {
                ForkResult::Child => exit(i32::from(run(child, processes).is_err())),
                ForkResult::Parent { child: pid } => children.insert(child, pid),
            };
        } else if let Some(child) = inside("wait(") {
            let pid = children.get(child).ok_or_else(|| wrong(&format!("no child {child}")))?;
            waitpid(*pid, None)?;
        } else {
            io::stdout().write_all(format!("{step}\n").as_bytes())?;
        }
    }
    Ok(())
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
