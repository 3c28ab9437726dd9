//! What `strace` prints, as a family: a second witness, independent of this lesson.

use std::collections::HashMap;

use timeline::Run;

/// A process, and its children in a fixed order, whatever their PIDs and times.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Family {
    execs: usize,
    /// As in `exit 3`, or the name of a signal.
    end: String,
    reaper: Reaper,
    children: Vec<Family>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reaper {
    Nobody,
    Parent,
    Another,
}

impl Reaper {
    fn new(by: Option<u32>, parent: Option<u32>) -> Self {
        match by {
            None => Reaper::Nobody,
            by if by == parent => Reaper::Parent,
            Some(_) => Reaper::Another,
        }
    }
}

impl Family {
    /// That of a recording.
    pub(crate) fn recorded(run: &Run, index: usize) -> Self {
        let process = &run.processes[index];
        let pid = |index: usize| run.processes[index].pid;
        let mut children: Vec<Family> =
            run.children(index).map(|child| Family::recorded(run, child)).collect();
        children.sort();
        Family {
            execs: process.execs.len(),
            end: process.end.as_ref().expect("it ended").1.to_string(),
            reaper: Reaper::new(process.reaped.map(|(_, by)| pid(by)), process.parent.map(pid)),
            children,
        }
    }

    /// That of what `strace -f -e trace=process` wrote into a file.
    pub(crate) fn traced(text: &str) -> Self {
        let mut calls = Calls::default();
        for line in text.lines() {
            let (pid, what) = line.split_once(' ').expect("a PID stands in front");
            let pid = pid.parse().expect("a number");
            calls.line(pid, what.trim_start());
        }
        calls.family(calls.root.expect("a process at least"))
    }
}

/// What the lines have told so far.
#[derive(Default)]
struct Calls {
    root: Option<u32>,
    /// By PID or thread ID, the beginning of a call that was not over when others made theirs.
    begun: HashMap<u32, String>,
    /// Children in order, with their parents.
    forks: Vec<(u32, u32)>,
    process_of_thread: HashMap<u32, u32>,
    execs: HashMap<u32, usize>,
    ends: HashMap<u32, String>,
    reapers: HashMap<u32, u32>,
}

impl Calls {
    fn line(&mut self, pid: u32, what: &str) {
        self.root.get_or_insert(pid);
        if let Some(begin) = what.strip_suffix("<unfinished ...>") {
            self.begun.insert(pid, begin.to_owned());
        } else if let Some((_, rest)) = what.split_once(" resumed>") {
            let begin = self.begun.remove(&pid).unwrap_or_default();
            self.call(pid, &(begin + rest));
        } else if let Some(code) = what.strip_prefix("+++ exited with ") {
            self.ends.insert(pid, format!("exit {}", code.trim_end_matches(" +++")));
        } else if let Some(signal) = what.strip_prefix("+++ killed by ") {
            self.ends.insert(pid, signal.trim_end_matches(" +++").to_owned());
        } else {
            self.call(pid, what);
        }
    }

    /// A whole call, as in `wait4(7, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 7`.
    fn call(&mut self, tid: u32, text: &str) {
        let Some((call, result)) = text.rsplit_once(" = ") else { return };
        let pid = self.process_of_thread.get(&tid).copied().unwrap_or(tid);
        let result = result.split_whitespace().next().and_then(|number| number.parse().ok());
        let ended = call.contains("WIFEXITED") || call.contains("WIFSIGNALED");
        match (call.split('(').next(), result) {
            (Some("clone" | "clone3"), Some(new @ 1..)) if call.contains("CLONE_THREAD") => {
                self.process_of_thread.insert(new, pid);
            }
            (Some("fork" | "vfork" | "clone" | "clone3"), Some(new @ 1..)) => {
                self.forks.push((pid, new));
            }
            (Some("execve"), Some(0)) => *self.execs.entry(pid).or_default() += 1,
            (Some("wait4"), Some(child @ 1..)) if ended => {
                self.reapers.insert(child, pid);
            }
            (Some("waitid"), Some(0)) if !call.contains("WNOWAIT") => {
                let child = call.split_once("si_pid=").and_then(|(_, rest)| rest.split(',').next());
                self.reapers.extend(child.and_then(|child| Some((child.parse().ok()?, pid))));
            }
            _ => {}
        }
    }

    fn family(&self, pid: u32) -> Family {
        let below = self.forks.iter().filter(|(parent, _)| *parent == pid);
        let mut children: Vec<Family> = below.map(|(_, child)| self.family(*child)).collect();
        children.sort();
        let parent = self.forks.iter().find(|(_, child)| *child == pid).map(|(parent, _)| *parent);
        Family {
            execs: self.execs.get(&pid).copied().unwrap_or_default(),
            end: self.ends.get(&pid).cloned().unwrap_or_default(),
            reaper: Reaper::new(self.reapers.get(&pid).copied(), parent),
            children,
        }
    }
}
