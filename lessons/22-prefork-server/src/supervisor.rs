//! The parent: it starts workers, replaces them, and stops them. It never accepts a client.

use std::net::TcpListener;

use lesson_cli::{Failure, say};
use nix::sys::signal::Signal::{SIGCHLD, SIGHUP, SIGINT, SIGKILL, SIGTERM};
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::worker;

pub(crate) struct Supervisor<'a> {
    listener: &'a TcpListener,
    /// Blocked all the time, and taken one by one.
    events: SigSet,
    /// Number and PID of each worker that is wanted.
    workers: Vec<(usize, Pid)>,
    /// The workers that have been told to stop.
    stopping: Vec<Pid>,
    told_by: Option<Signal>,
}

impl<'a> Supervisor<'a> {
    pub(crate) fn new(listener: &'a TcpListener) -> Result<Self, Failure> {
        let events: SigSet = [SIGCHLD, SIGHUP, SIGINT, SIGTERM].into_iter().collect();
        events.thread_block().map_err(|errno| Failure::system("blocking signals", errno))?;
        let (workers, stopping) = (Vec::new(), Vec::new());
        Ok(Supervisor { listener, events, workers, stopping, told_by: None })
    }

    pub(crate) fn start(&mut self, count: usize) -> Result<(), Failure> {
        (1..=count).try_for_each(|number| self.start_one(number))
    }

    fn start_one(&mut self, number: usize) -> Result<(), Failure> {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => Err(Failure::system(format!("fork of worker {number}"), errno)),
            Ok(ForkResult::Child) => worker::work(number, self.listener),
            Ok(ForkResult::Parent { child }) => {
                self.workers.push((number, child));
                Ok(())
            }
        }
    }

    /// Every event and what it does, until a signal ends the server.
    pub(crate) fn run(&mut self) -> Result<(), Failure> {
        loop {
            match self.next_event()? {
                SIGCHLD => {
                    for (number, status) in self.reap() {
                        say!("parent {}: worker {number} {status:?}, so I start another", getpid());
                        self.start_one(number)?;
                    }
                }
                SIGHUP => self.reload()?,
                signal => {
                    say!("parent {}: {signal}, so the workers finish and end", getpid());
                    self.told_by = Some(signal);
                    return Ok(());
                }
            }
        }
    }

    fn next_event(&self) -> Result<Signal, Failure> {
        self.events.wait().map_err(|errno| Failure::system("sigwait", errno))
    }

    /// Starts each new worker before it stops the old one, so there are never too few.
    fn reload(&mut self) -> Result<(), Failure> {
        for (number, old) in std::mem::take(&mut self.workers) {
            self.stopping.push(old);
            self.start_one(number)?;
            let _ = kill(old, SIGTERM);
        }
        say!("parent {}: {SIGHUP}, so new workers replace the old ones", getpid());
        Ok(())
    }

    /// Reaps all workers that have ended. Returns those that are missing now.
    fn reap(&mut self) -> Vec<(usize, WaitStatus)> {
        let ended = |pid| match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(_) => None,
            Ok(status) => Some(status),
        };
        self.stopping.retain(|worker| ended(*worker).is_none());
        let mut missing = Vec::new();
        self.workers.retain(|(number, worker)| {
            let status = ended(*worker);
            missing.extend(status.map(|status| (*number, status)));
            status.is_none()
        });
        missing
    }

    /// Each worker answers the client that it has, and ends; at a second signal, it ends at once.
    pub(crate) fn stop(&mut self) -> Result<(), Failure> {
        self.stopping.extend(self.workers.drain(..).map(|(_, worker)| worker));
        let tell = |workers: &[Pid], signal| {
            for worker in workers {
                let _ = kill(*worker, signal); // not waited for, so the PID is still its own
            }
        };
        tell(&self.stopping, SIGTERM);
        self.reap();
        while !self.stopping.is_empty() {
            match self.next_event()? {
                SIGCHLD => drop(self.reap()),
                SIGHUP => {}
                signal if self.told_by.is_none() => self.told_by = Some(signal),
                _second => tell(&self.stopping, SIGKILL),
            }
        }
        Ok(())
    }

    /// If a signal has ended the server, this process ends by it, for its caller to see.
    pub(crate) fn end_as_told(&self) -> Result<(), Failure> {
        if let Some(signal) = self.told_by {
            let _ = raise(signal);
        }
        self.events.thread_unblock().map_err(|errno| Failure::system("unblocking signals", errno))
    }
}
