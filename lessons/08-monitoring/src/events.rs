//! What the monitor waits for: the next deadline, a signal, or the loss of its output's reader.

use std::collections::VecDeque;
use std::io::{self, stdout};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use lesson_cli::Failure;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

/// SIGINT is among them so that it does not end the monitor: Ctrl-C goes to the command too,
/// which may end or not, and the monitor ends with it.
const SIGNALS: [Signal; 6] = [
    Signal::SIGCHLD,
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGWINCH,
    Signal::SIGTSTP,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    TimeIsUp,
    ChildEnded,
    /// The terminal has changed its size.
    Resized,
    /// Ctrl-Z.
    Suspended,
    /// This signal asks the monitor to end.
    Asked(Signal),
    /// Standard output is a closed pipe. Reported once.
    NobodyReads,
}

/// Signals turned into events: the handler only writes a byte into a socket, for `poll` to see.
#[derive(Debug)]
pub(crate) struct Events {
    signals: SignalDelivery<UnixStream, SignalOnly>,
    waiting: VecDeque<Event>,
    somebody_reads: bool,
}

impl Events {
    /// From now on signals are caught. A program started by this one gets them as usual.
    pub(crate) fn new() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let numbers = SIGNALS.map(|signal| signal as i32);
        let signals = SignalDelivery::with_pipe(read, write, SignalOnly, numbers)?;
        Ok(Events { signals, waiting: VecDeque::new(), somebody_reads: true })
    }

    /// The next event, at `deadline` at the latest.
    pub(crate) fn next(&mut self, deadline: Instant) -> Result<Event, Failure> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(event);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Event::TimeIsUp);
            }
            // In whole milliseconds, rounded up: otherwise the last one would be a busy loop.
            let left = PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX);
            self.collect(left)?;
        }
    }

    /// Waits until something has happened or the time is up.
    fn collect(&mut self, limit: PollTimeout) -> Result<(), Failure> {
        let stdout = stdout();
        let signal = PollFd::new(self.signals.get_read().as_fd(), PollFlags::POLLIN);
        // No event is requested: poll reports a lost reader in any case.
        let output = PollFd::new(stdout.as_fd(), PollFlags::empty());
        let mut both = [signal, output];
        let watched = if self.somebody_reads { &mut both[..] } else { &mut both[..1] };
        match poll(watched, limit) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Failure::system("poll", errno)),
        }
        let gone = PollFlags::POLLERR | PollFlags::POLLHUP;
        if self.somebody_reads && both[1].revents().is_some_and(|found| found.intersects(gone)) {
            self.somebody_reads = false;
            self.waiting.push_back(Event::NobodyReads);
        }
        let events = self.signals.pending().filter_map(event_of);
        self.waiting.extend(events);
        Ok(())
    }
}

fn event_of(signal: i32) -> Option<Event> {
    match Signal::try_from(signal).ok()? {
        Signal::SIGCHLD => Some(Event::ChildEnded),
        Signal::SIGWINCH => Some(Event::Resized),
        Signal::SIGTSTP => Some(Event::Suspended),
        signal @ (Signal::SIGTERM | Signal::SIGHUP) => Some(Event::Asked(signal)),
        _ => None,
    }
}
