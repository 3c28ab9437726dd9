//! The workers as the search sees them: processes that are idle or make a run.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use crate::control::launch::number;
use crate::error::Error;
use crate::job::{Answer, Job, Made, receive, send};
use crate::program::Subject;
use crate::worker::{interrupts, work};

struct Worker {
    pid: Pid,
    channel: UnixStream,
    /// Whether it makes a run.
    busy: bool,
}

/// All workers of a search. They end when this is dropped.
pub(super) struct Workers {
    workers: Vec<Worker>,
    interrupts: SignalFd,
    /// The signals that were blocked before.
    mask: SigSet,
    /// The children that this process had before, and whether it was a subreaper.
    before: (Vec<Pid>, bool),
}

impl Workers {
    /// Forks `count` workers.
    pub(super) fn start(subject: &Subject, count: usize) -> Result<Self, Error> {
        let threads = procinfo::thread_count().map_err(|error| {
            let why = "a search looks into /proc to see what each process does, which failed";
            Error::Unsupported(format!("{why}: {error}"))
        })?;
        if threads > 1 {
            return Err(Error::CallerHasThreads);
        }
        let refused = |errno| Error::system("preparing the search", errno);
        let mask = SigSet::thread_get_mask().map_err(refused)?;
        interrupts().thread_block().map_err(refused)?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let interrupts = SignalFd::with_flags(&interrupts(), flags).map_err(refused)?;
        // If a worker is killed, what is left of its program becomes ours, to be killed too.
        let before = (children(), prctl::get_child_subreaper().unwrap_or(false));
        procinfo::become_subreaper().map_err(|error| Error::system("prctl", error))?;
        let mut workers = Workers { workers: Vec::new(), interrupts, mask, before };
        for _ in 0..count {
            workers.fork(subject)?;
        }
        Ok(workers)
    }

    fn fork(&mut self, subject: &Subject) -> Result<(), Error> {
        let pair = UnixStream::pair();
        let (channel, jobs) = pair.map_err(|error| Error::system("a socket", error))?;
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() } {
            Err(errno) => Err(Error::system("fork", errno)),
            Ok(ForkResult::Child) => {
                // The other workers' channels: while they are open here too, they never end.
                let mut others: Vec<i32> =
                    self.workers.iter().map(|worker| number(&worker.channel)).collect();
                others.extend([number(&channel), number(&self.interrupts.as_fd())]);
                for fd in others {
                    let _ = nix::unistd::close(fd);
                }
                work(subject, &jobs, Vec::new())
            }
            Ok(ForkResult::Parent { child }) => {
                self.workers.push(Worker { pid: child, channel, busy: false });
                Ok(())
            }
        }
    }

    /// A worker that has nothing to do.
    pub(super) fn idle(&self) -> Option<usize> {
        self.workers.iter().position(|worker| !worker.busy)
    }

    pub(super) fn any_busy(&self) -> bool {
        self.workers.iter().any(|worker| worker.busy)
    }

    pub(super) fn give(&mut self, worker: usize, job: &Job) -> Result<(), Error> {
        let worker = &mut self.workers[worker];
        worker.busy = true;
        send(&worker.channel, job).map_err(|error| Error::Worker(error.to_string()))
    }

    /// Waits for the next answer, and says which worker gave it.
    pub(super) fn answer(&mut self) -> Result<(usize, Made), Error> {
        let mut fds = vec![PollFd::new(self.interrupts.as_fd(), PollFlags::POLLIN)];
        let channels = self.workers.iter().map(|worker| worker.channel.as_fd());
        fds.extend(channels.map(|channel| PollFd::new(channel, PollFlags::POLLIN)));
        let _ = poll(&mut fds, PollTimeout::NONE);
        let ready = |fd: &PollFd| fd.revents().is_some_and(|events| !events.is_empty());
        let answered = fds.iter().skip(1).position(ready);
        if let Ok(Some(signal)) = self.interrupts.read_signal() {
            return Err(Error::Interrupted { signal: signal.ssi_signo.cast_signed() });
        }
        let Some(index) = answered else { return self.answer() };
        let worker = &mut self.workers[index];
        worker.busy = false;
        match receive(&worker.channel) {
            Ok(Answer::Made(made)) => Ok((index, made)),
            Ok(Answer::Failed(failure)) => Err(failure.into()),
            Err(error) => Err(Error::Worker(error.to_string())),
        }
    }
}

impl Workers {
    /// Ends what a killed worker has left. A process whose parent is killed here
    /// becomes a child of this one in its turn.
    fn end_orphans(&self) {
        loop {
            let orphans = children().into_iter().filter(|pid| !self.before.0.contains(pid));
            let orphans: Vec<Pid> = orphans.collect();
            if orphans.is_empty() {
                return;
            }
            for orphan in orphans {
                let _ = kill(orphan, Signal::SIGKILL);
                let _ = waitpid(orphan, None);
            }
        }
    }
}

fn children() -> Vec<Pid> {
    procinfo::children_of(Pid::this()).unwrap_or_default()
}

impl Drop for Workers {
    /// A busy worker is stopped by a signal, upon which it ends its run; an idle one by the end of
    /// its channel.
    fn drop(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            if worker.busy {
                let _ = kill(worker.pid, Signal::SIGTERM);
            }
            drop(worker.channel);
            let _ = waitpid(worker.pid, None);
        }
        self.end_orphans();
        let _ = prctl::set_child_subreaper(self.before.1);
        let _ = self.mask.thread_set_mask();
    }
}
