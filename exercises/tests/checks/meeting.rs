//! Places where the children of a check wait for each other, so that in every run they work at the
//! same time, or end in a certain order. Both are created before the forks.
#![allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, getpid};

/// A pipe for each of the children, into which the others write.
struct Letterboxes(Vec<(PipeReader, PipeWriter)>);

impl Letterboxes {
    fn new(count: usize) -> Self {
        Letterboxes((0..count).map(|_| pipe().expect("a pipe for the check")).collect())
    }

    fn send(&self, to: usize, bytes: &[u8]) {
        (&self.0[to].1).write_all(bytes).expect("room in the check's pipe");
    }

    fn receive(&self, number: usize, bytes: &mut [u8]) {
        (&self.0[number].0).read_exact(bytes).expect("bytes in the check's pipe");
    }
}

/// A barrier: no child continues before all have arrived. Children that do not run at the same time
/// never leave it.
pub(crate) struct Meeting(Letterboxes);

impl Meeting {
    /// For children with the numbers 0 to `count - 1`.
    pub(crate) fn of(count: usize) -> Self {
        Meeting(Letterboxes::new(count))
    }

    /// Child `number` arrives, and waits for all the others.
    pub(crate) fn attend(&self, number: usize) {
        let boxes = &self.0;
        (0..boxes.0.len()).for_each(|other| boxes.send(other, b"."));
        boxes.receive(number, &mut vec![0; boxes.0.len()]);
    }
}

/// Children that end in the reverse order of their numbers, each only when the one after it has been
/// reaped. A function that waits for them in the order of their numbers would keep them waiting, so
/// they wait for a limited time only.
pub(crate) struct LastFirst {
    pids: Letterboxes,
    patience: Duration,
}

impl LastFirst {
    /// For children with the numbers 0 to `count - 1`.
    pub(crate) fn of(count: usize, patience: Duration) -> Self {
        LastFirst { pids: Letterboxes::new(count), patience }
    }

    /// Returns when child `number` may end.
    pub(crate) fn take_turn(&self, number: usize) {
        if let Some(before) = number.checked_sub(1) {
            self.pids.send(before, &getpid().as_raw().to_ne_bytes());
        }
        if number + 1 < self.pids.0.len() {
            let mut pid = [0; 4];
            self.pids.receive(number, &mut pid);
            self.until_reaped(Pid::from_raw(i32::from_ne_bytes(pid)));
        }
    }

    /// A process can be signalled until it has been reaped, even while it is a zombie.
    fn until_reaped(&self, pid: Pid) {
        let start = Instant::now();
        while kill(pid, None) != Err(Errno::ESRCH) && start.elapsed() < self.patience {
            #[expect(
                clippy::disallowed_methods,
                reason = "no process is told that one was reaped"
            )]
            sleep(Duration::from_millis(1));
        }
    }
}
