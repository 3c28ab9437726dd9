//! The end of a run: nothing of the program is left.

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::run::Run;
use crate::error::Error;
use crate::family::Process;
use crate::name::Name;
use crate::outcome::{End, Outcome, Stuck, pids, rename};
use crate::steps::words::waits_for;

impl Run<'_> {
    /// Ends what is left of the program, and says how the run ended.
    pub(crate) fn finish(mut self, cut_off: bool) -> Outcome {
        let alive = self.family.processes.iter().filter(|(_, process)| !process.has_ended());
        let cut_off = cut_off || self.too_long;
        let stuck: Vec<Stuck> = alive
            .map(|(name, _)| Stuck { process: name.clone(), waits: waits_for(&self.family, name) })
            .collect();
        let pids = pids(&self.family);
        let ended = self.family.get(&Name::first()).is_some_and(Process::has_ended);
        let end = self.end_all();
        self.drain();
        let output = rename(&self.text, &pids);
        Outcome {
            output: match &self.family.folder {
                Some(folder) => output.replace(folder.as_str(), "<folder>"),
                None => output,
            },
            end: if ended { end } else { None },
            stuck: if cut_off { Vec::new() } else { stuck },
            cut_off,
        }
    }

    /// Ends what is left of the program, because of `error`.
    pub(crate) fn abandon(&self, error: Error) -> Error {
        self.end_all();
        error
    }

    /// Kills and reaps all processes of the program, also those that are not known. No new ones
    /// come up, as each fork would have to be let go.
    fn end_all(&self) -> Option<End> {
        let mut end = None;
        for process in self.family.processes.values().filter(|process| !process.has_ended()) {
            process.handle.signal(libc::SIGKILL);
        }
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => {
                    kill_children();
                    let _ = waitpid(None, None).map(|status| self.note_end(status, &mut end));
                }
                Ok(status) => self.note_end(status, &mut end),
                Err(_) => return end,
            }
        }
    }

    fn note_end(&self, status: WaitStatus, end: &mut Option<End>) {
        match status {
            WaitStatus::Exited(pid, status) if pid == self.root => *end = Some(End::Exited(status)),
            WaitStatus::Signaled(pid, signal, _) if pid == self.root => {
                *end = Some(End::Killed(signal as i32));
            }
            _ => {}
        }
    }
}

/// Sends SIGKILL to every child of this worker; orphans of the program are among them.
fn kill_children() {
    for pid in procinfo::children_of(Pid::this()).unwrap_or_default() {
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
}
