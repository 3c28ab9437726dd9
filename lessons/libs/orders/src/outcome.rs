//! How a run ended: what it printed, its status, and which processes are stuck.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// Everything that distinguishes one run from another for its user. PIDs in the output are
/// replaced by the names of the processes, because they differ from run to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// What was written to standard output and standard error, in one.
    pub output: String,
    /// How the first process ended; none if it did not.
    pub end: Option<End>,
    /// The processes that can never continue, each with what it waits for: a deadlock if there are
    /// any.
    pub stuck: Vec<Stuck>,
    /// Whether the run was cut off, because it went on and on.
    pub cut_off: bool,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum End {
    /// By itself, with this exit status.
    Exited(i32),
    /// By the signal with this number.
    Killed(i32),
}

/// A process that can never continue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stuck {
    /// The process.
    pub process: Name,
    /// What it waits for, as in `waits for a signal`.
    pub waits: String,
}

impl Outcome {
    /// Whether processes are left that can never continue.
    pub fn is_deadlock(&self) -> bool {
        !self.stuck.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.output)?;
        if !self.output.is_empty() && !self.output.ends_with('\n') {
            f.write_str("␄\n")?;
        }
        for stuck in &self.stuck {
            writeln!(f, "DEADLOCK: {} {}", stuck.process, stuck.waits)?;
        }
        if self.cut_off {
            writeln!(f, "CUT OFF: it had not ended")?;
        }
        match self.end {
            Some(End::Exited(0)) | None => Ok(()),
            Some(end) => writeln!(f, "({end})"),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exited(status) => write!(f, "exit status {status}"),
            End::Killed(signal) => match nix::sys::signal::Signal::try_from(*signal) {
                Ok(signal) => write!(f, "killed by {signal}"),
                Err(_) => write!(f, "killed by signal {signal}"),
            },
        }
    }
}

/// The PIDs of a run, and what stands for each in the output.
#[cfg(target_os = "linux")]
pub(crate) fn pids(family: &crate::family::Family) -> Vec<(String, String)> {
    let processes = family.processes.iter();
    processes.map(|(name, process)| (process.pid.to_string(), format!("<{name}>"))).collect()
}

/// The text with each number that is a PID of the run replaced by a name. A number that happens
/// to be equal to a PID is replaced too.
pub(crate) fn rename(bytes: &[u8], pids: &[(String, String)]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut renamed = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = rest[start..].find(|c: char| !c.is_ascii_digit());
        let end = end.map_or(rest.len(), |length| start + length);
        renamed.push_str(&rest[..start]);
        let number = &rest[start..end];
        let name = pids.iter().rev().find(|(pid, _)| pid == number);
        renamed.push_str(name.map_or(number, |(_, name)| name));
        rest = &rest[end..];
    }
    renamed + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pids_are_replaced_as_whole_numbers() {
        let pids = [("71".to_owned(), "<parent>".to_owned())];
        assert_eq!(rename(b"71 171 a71b 710 71", &pids), "<parent> 171 a<parent>b 710 <parent>");
        assert_eq!(rename(b"", &pids), "");
    }
}
