//! A look at the processes below one, from /proc. Elsewhere than on Linux nobody is seen.
//! Fields and files: proc_pid_stat(5), proc_pid_task(5), proc_pid_status(5).

use std::fs;
use std::time::Duration;

/// The unit of times in /proc: USER_HZ, which is 100 on all processors that Linux runs on today.
const TICKS_PER_SECOND: u64 = 100;

/// One process, as it was when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// As this process sees it.
    pub(crate) pid: i32,
    /// As the process sees itself: in a PID namespace another number.
    pub(crate) own_pid: i32,
    pub(crate) parent: i32,
    /// The letter of ps: R, S, D, Z, T.
    pub(crate) state: char,
    /// Processor time that it and the children it has reaped have used.
    pub(crate) used: Duration,
}

impl Process {
    /// `None` if there is no such process (any more).
    fn look_at(pid: i32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, after_name) = stat.rsplit_once(") ")?; // a name may hold anything, also a ')'
        let mut fields = after_name.split(' ');
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        // From here, utime, stime, cutime and cstime are the tenth to the thirteenth.
        let ticks: u64 = fields.skip(9).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
        let used = Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND);
        Some(Process { pid, own_pid: own_pid(pid).unwrap_or(pid), parent, state, used })
    }

    /// It has, or wants, a processor.
    pub(crate) fn runs(&self) -> bool {
        self.state == 'R'
    }

    /// It has ended, and its parent has not waited for it.
    pub(crate) fn is_zombie(&self) -> bool {
        self.state == 'Z'
    }
}

/// The number by which `pid` knows itself.
pub(crate) fn own_pid(pid: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_whitespace().last()?.parse().ok()
}

/// The processes below `root`, each after its parent, but not many more than `most`: while this
/// looks, they may go on forking.
pub(crate) fn below(root: i32, most: usize) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for child in children(parent).into_iter().filter_map(Process::look_at) {
            parents.push(child.pid);
            found.push(child);
        }
        if found.len() > most {
            break;
        }
    }
    found
}

/// How many processes are below `root`, or a number above `most`. Cheaper than to look at each.
pub(crate) fn count_below(root: i32, most: usize) -> usize {
    let mut count = 0;
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        let children = children(parent);
        count += children.len();
        if count > most {
            break;
        }
        parents.extend(children);
    }
    count
}

/// The children of all threads of `pid`.
fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| {
        let list = fs::read_to_string(thread.path().join("children"));
        list.ok()
    });
    lists.flat_map(|list| parse_pids(&list)).collect()
}

fn parse_pids(list: &str) -> Vec<i32> {
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
