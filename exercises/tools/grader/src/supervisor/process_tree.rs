//! The tree of the processes of a case, and what each waits for.

use std::collections::BTreeMap;

use nix::unistd::Pid;
use procinfo::State;

use super::open_file::OpenFile;
use super::process::Process;
use super::system_call::{SystemCall, Wait};

/// The processes that are there at one moment.
#[derive(Default)]
pub(crate) struct ProcessTree {
    /// A line for each, as a tree.
    pub(crate) tree: String,
    /// How many of them live. (A zombie is dead.)
    pub(crate) alive: usize,
    /// Whether each is a zombie, by the PID that it knows itself by.
    pub(crate) zombies: BTreeMap<i32, bool>,
    /// The pipes that a process waits for, so that each gets a letter.
    pipes: Vec<OpenFile>,
    /// What usually is behind such a wait: a line each.
    pub(crate) advice: Vec<&'static str>,
}

impl ProcessTree {
    /// Of all processes below `root`. `test_process` is its PID as it sees itself.
    pub(super) fn of(root: Pid, test_process: Option<Pid>, all: &[Process]) -> ProcessTree {
        let alive = all.iter().filter(|process| !process.is_zombie()).count();
        let zombies = all.iter().map(|p| (p.own_pid.as_raw(), p.is_zombie())).collect();
        let mut tree = ProcessTree { alive, zombies, ..ProcessTree::default() };
        tree.draw_children(root, test_process, all, "");
        tree
    }

    fn draw_children(
        &mut self,
        parent: Pid,
        test_process: Option<Pid>,
        all: &[Process],
        indent: &str,
    ) {
        let children: Vec<&Process> = all.iter().filter(|child| child.parent == parent).collect();
        for (index, child) in children.iter().enumerate() {
            let last = index + 1 == children.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (pid, role) = (child.own_pid, role(child, test_process, all));
            let doing = self.doing(child, all);
            self.tree.push_str(&format!("{indent}{branch}{pid} {role}: {doing}\n"));
            self.draw_children(child.pid, test_process, all, &format!("{indent}{below}"));
        }
    }

    fn doing(&mut self, process: &Process, all: &[Process]) -> String {
        match process.state {
            State::Zombie => "a zombie: it has ended, and its parent has not waited for it".into(),
            State::Stopped | State::Traced => "stopped by a signal".into(),
            State::Running => "running".into(),
            _ => match SystemCall::of(&format!("/proc/{}", process.pid)) {
                Some(call) => self.waiting(call.wait(), process.pid, all),
                None => "running".into(),
            },
        }
    }

    fn waiting(&mut self, wait: Wait, pid: Pid, all: &[Process]) -> String {
        match wait {
            Wait::Child(Some(child @ 1..)) => format!("waiting for child {child} to end (waitpid)"),
            Wait::Child(Some(-1)) => "waiting for any child to end (waitpid)".into(),
            Wait::Child(_) => "waiting for a child to end".into(),
            Wait::Read(descriptor) => self.reading(pid, descriptor, all),
            Wait::Write(descriptor) => self.writing(pid, descriptor, all),
            Wait::Lock { .. } => {
                self.advise(LOCK);
                "waiting for a lock, or for a thread (futex)".into()
            }
            Wait::FileLock => "waiting for a file lock (flock)".into(),
            Wait::Sleep => "sleeping (sleep)".into(),
            Wait::Signal => "waiting for a signal (pause)".into(),
            Wait::Ready(_) => "waiting until a descriptor is ready (poll)".into(),
            Wait::Open => "opening a named pipe, until the other side opens it too (open)".into(),
            Wait::Other(number) => format!("waiting in system call {number}"),
        }
    }

    fn reading(&mut self, pid: Pid, descriptor: i64, all: &[Process]) -> String {
        let Some(file) = OpenFile::of(pid, descriptor) else { return "reading".into() };
        if file.is_socket() {
            return "reading a socket (read)".into();
        }
        if !file.is_pipe() {
            return format!("reading {} (read)", file.name());
        }
        self.advise(READ);
        let writers = file.writers(all);
        let pipe = self.letter(file);
        if writers.is_empty() {
            return format!("reading pipe {pipe} (read)");
        }
        format!("reading pipe {pipe}, whose write end is still open in {writers} (read)")
    }

    fn writing(&mut self, pid: Pid, descriptor: i64, all: &[Process]) -> String {
        let Some(file) = OpenFile::of(pid, descriptor) else { return "writing".into() };
        if file.is_socket() {
            return "writing to a socket that is full (write)".into();
        }
        if !file.is_pipe() {
            return format!("writing {} (write)", file.name());
        }
        self.advise(WRITE);
        let readers = file.readers(all);
        let pipe = self.letter(file);
        format!("writing to pipe {pipe}, which is full; its read end is open in {readers} (write)")
    }

    /// A for the first pipe of the tree, then B and so on.
    fn letter(&mut self, pipe: OpenFile) -> char {
        let known = self.pipes.iter().position(|other| *other == pipe);
        let index = known.unwrap_or_else(|| {
            self.pipes.push(pipe);
            self.pipes.len() - 1
        });
        char::from(b'A' + (index % 26) as u8)
    }

    fn advise(&mut self, advice: &'static str) {
        if !self.advice.contains(&advice) {
            self.advice.push(advice);
        }
    }
}

const READ: &str = "\
A read ends when something is written, or when every copy of the write end is closed, in every
process: fork copies both ends.";
const WRITE: &str = "\
A pipe holds 64 KiB. Who waits for a child before reading what it writes may wait for ever:
read first, then wait.";
const LOCK: &str = "\
After a fork, the child has only the thread that forked. A lock that another thread held stays
locked in the child for ever.";

fn role(process: &Process, test_process: Option<Pid>, all: &[Process]) -> &'static str {
    if Some(process.own_pid) == test_process {
        return "parent";
    }
    match all.iter().find(|other| other.pid == process.parent) {
        None => "orphan",
        Some(parent) if Some(parent.own_pid) == test_process => "child",
        Some(_) => "grandchild",
    }
}
