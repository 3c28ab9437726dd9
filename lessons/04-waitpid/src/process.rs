//! A process as the kernel shows it to every other process.

use std::fmt;

use nix::unistd::Pid;

/// What other processes can see of a process.
#[derive(Debug, PartialEq)]
pub(crate) struct Process {
    /// As `ps` and `/proc` give it: `S (sleeping)`, `Z (zombie)`, …
    pub(crate) state: String,
    pub(crate) parent: Pid,
    /// Memory it holds; a process that has ended holds none.
    memory: Option<String>,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self.memory.as_deref().unwrap_or("none");
        write!(f, "state {}, parent {}, memory {memory}", self.state, self.parent)
    }
}

/// Looks at the process `pid` from outside; `None` if there is none.
#[cfg(target_os = "linux")]
pub(crate) fn look(pid: Pid) -> Option<Process> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some(Process {
        state: field("State:")?.to_owned(),
        parent: Pid::from_raw(field("PPid:")?.parse().ok()?),
        memory: field("VmRSS:").map(str::to_owned),
    })
}

/// Without `/proc`, asks `ps`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn look(pid: Pid) -> Option<Process> {
    let mut ps = std::process::Command::new("ps");
    ps.args(["-o", "state=,ppid=,rss=", "-p", &pid.to_string()]);
    let line = String::from_utf8(ps.output().ok()?.stdout).ok()?;
    let mut words = line.split_whitespace();
    Some(Process {
        state: words.next()?.to_owned(),
        parent: Pid::from_raw(words.next()?.parse().ok()?),
        memory: words.next().filter(|size| *size != "0").map(|size| format!("{size} kB")),
    })
}
