//! The parent's side of one worker: its socket, the chunks it has, and its death.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::board::Board;
use crate::chunk::Chunk;
use crate::error::{Error, Exit};
use crate::inbox::{Filled, Inbox};
use crate::payload::Payload;
use crate::queue::Queue;
use crate::system::ParentEnd;
use crate::task::Task;
use crate::worker;

/// How much one write offers to the socket.
const WRITE: usize = 64 * 1024;

/// One worker, as the parent knows it.
pub(crate) struct Link<R> {
    pub(crate) pid: Pid,
    pub(crate) stream: ParentEnd,
    pub(crate) board: Board,
    pub(crate) inbox: Inbox,
    pub(crate) queue: Queue<R>,
    /// What it has given back.
    pub(crate) returned: Vec<Chunk<R>>,
    /// How many items it may still be given before it is recycled.
    pub(crate) allowance: usize,
    /// Whether the initialiser has succeeded, or there is none.
    pub(crate) ready: bool,
    /// Whether it is to get more chunks: until its queue is full, then when it is half empty.
    pub(crate) hungry: bool,
    /// Whether it will get nothing more. When all it has is sent, it is told so.
    pub(crate) retired: bool,
    /// Whether it is dead, or as good as dead.
    pub(crate) lost: bool,
    /// Whether it was killed for the time limit.
    pub(crate) condemned: bool,
    /// Why the initialiser has failed.
    pub(crate) refused: Option<String>,
    /// How it has ended, if that is known.
    exit: Option<Exit>,
    /// When it last sent something, this long after the pool's start.
    pub(crate) heard: Duration,
}

impl<R: Payload> Link<R> {
    /// Forks a worker for `task`.
    ///
    /// The dispatcher has counted one thread in this process just now; or the user has vouched that
    /// no other holds a lock ([`allow_threads`](crate::Builder::allow_threads)).
    pub(crate) fn fork<A: Payload>(task: &mut Task<A, R>, allowance: usize) -> Result<Self, Error> {
        let system = |what| move |error: io::Error| Error::system(what, to_errno(&error));
        let board = Board::new().map_err(|errno| Error::system("mmap", errno))?;
        let (ours, theirs) = UnixStream::pair().map_err(system("socketpair"))?;
        let ours = ParentEnd::new(ours).map_err(system("socketpair"))?;
        // Text that waits in a buffer would be in the worker's copy too, and be printed twice.
        let _ = io::stdout().flush();
        let parent = getpid();
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks;
        // or `allow_threads` was called, whose contract says just that.
        match unsafe { fork() } {
            Err(errno) => Err(Error::system("fork", errno)),
            Ok(ForkResult::Child) => worker::run(task, parent, theirs, board),
            Ok(ForkResult::Parent { child }) => Ok(Link {
                pid: child,
                stream: ours,
                board,
                inbox: Inbox::new(),
                queue: Queue::new(),
                returned: Vec::new(),
                allowance,
                ready: task.initialiser.is_none(),
                hungry: true,
                retired: false,
                lost: false,
                condemned: false,
                refused: None,
                exit: None,
                heard: task.start.elapsed(),
            }),
        }
    }
}

impl<R> Link<R> {
    /// Whether it takes more work.
    pub(crate) fn is_open(&self) -> bool {
        self.ready && !self.retired && !self.lost
    }

    /// Whether it is to get more, and takes it.
    pub(crate) fn is_hungry(&self) -> bool {
        self.hungry && self.is_open()
    }

    /// Puts a chunk into its queue. It is sent by [`Link::write`].
    pub(crate) fn give(&mut self, chunk: Chunk<R>, depth: usize) {
        self.allowance = self.allowance.saturating_sub(chunk.items);
        self.queue.push(chunk, &self.board);
        if self.queue.is_full(depth) {
            self.hungry = false;
        }
    }

    /// Whether it could work and has nothing to do.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_open() && self.queue.items() == 0 && self.queue.has_slot()
    }

    /// Takes back half of what the worker has behind its first chunk, if it has not begun that.
    pub(crate) fn take_half(&mut self) -> Option<VecDeque<Chunk<R>>> {
        let goal = self.queue.spare().div_ceil(2);
        let (mut chunks, mut items) = (VecDeque::new(), 0);
        while items < goal
            && let Some(chunk) = self.queue.take_back(&self.board)
        {
            items += chunk.items;
            chunks.push_front(chunk);
        }
        self.allowance = self.allowance.saturating_add(items);
        (items > 0).then_some(chunks)
    }

    /// What the parent waits for at this worker.
    pub(crate) fn poll_fd(&self) -> PollFd<'_> {
        let write = if self.queue.has_unsent() { PollFlags::POLLOUT } else { PollFlags::empty() };
        PollFd::new(self.stream.as_fd(), PollFlags::POLLIN | write)
    }

    /// Sends as much of the queue as the socket takes now.
    pub(crate) fn write(&mut self) {
        let mut gathered = Vec::new();
        while let Some(bytes) = self.queue.unsent(&mut gathered, WRITE) {
            match self.stream.send(bytes) {
                Ok(count) => self.queue.sent(count),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::ENOBUFS) => return,
                // The worker is gone. What it still had to say is read before it is buried.
                Err(_) => return self.lost = true,
            }
        }
        if self.retired {
            self.close();
        }
    }

    /// Reads once, and says whether there may be more. At end-of-file the worker is lost.
    pub(crate) fn fill(&mut self) -> bool {
        match self.inbox.fill(&self.stream) {
            Ok(Filled::Bytes) => true,
            Ok(Filled::Nothing) => false,
            Ok(Filled::End) | Err(_) => {
                self.lost = true;
                false
            }
        }
    }

    /// Takes what is on the stage and not sent. Whether there was something.
    pub(crate) fn peek(&mut self) -> bool {
        let bytes = self.board.leftovers(self.inbox.position());
        self.inbox.feed(&bytes);
        !bytes.is_empty()
    }

    /// Tells the worker that nothing more will come. It ends when it has answered all.
    ///
    /// A `shutdown` works even where another process has a copy of this end.
    pub(crate) fn close(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    /// Gives the worker up if it has been at an item for longer than `limit`.
    pub(crate) fn enforce(&mut self, limit: Duration, now: Duration) {
        if let Some(begun) = self.board.running_since()
            && now.saturating_sub(begun) >= limit
            && self.board.condemn(begun)
        {
            self.condemned = true;
            self.lost = true;
        }
    }

    /// Looks whether the worker is dead although its socket is open: its function may have forked
    /// a process that has the socket too, and lives on.
    pub(crate) fn look(&mut self) {
        match waitpid(self.pid, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
            status => {
                self.exit = Some(to_exit(status));
                self.lost = true;
            }
        }
    }

    /// Makes sure that the worker is dead, waits for it, and says how it ended.
    ///
    /// If its socket is closed, it is ending by itself, and the status it ends with is settled:
    /// the signal does not change it. So nobody is ever waited for who goes on living.
    pub(crate) fn reap(&mut self) -> Exit {
        // A PID stays the worker's until someone waits for it. If the program's own code has,
        // it may be another process's by now: so the look comes before the signal.
        if self.exit.is_none() {
            self.look();
        }
        while self.exit.is_none() {
            let _ = kill(self.pid, Signal::SIGKILL);
            match waitpid(self.pid, None) {
                Err(Errno::EINTR) => {}
                status => self.exit = Some(to_exit(status)),
            }
        }
        self.exit.unwrap_or(Exit::Unknown)
    }
}

fn to_exit(status: nix::Result<WaitStatus>) -> Exit {
    match status {
        Ok(WaitStatus::Exited(_, code)) => Exit::Code(code),
        Ok(WaitStatus::Signaled(_, signal, _)) => Exit::Signal(signal as i32),
        _ => Exit::Unknown,
    }
}

fn to_errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}
