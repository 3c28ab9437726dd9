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

/// Children that end in a given order, each only when the one before it has been reaped. A function
/// that waits for them in another order would keep them waiting, so they wait for a limited time only.
pub(crate) struct Turns {
    pids: Letterboxes,
    order: Vec<usize>,
    patience: Duration,
}

impl Turns {
    /// For children with the numbers 0 to `count - 1`, of which the last one ends first.
    pub(crate) fn last_first(count: usize, patience: Duration) -> Self {
        Turns::in_order((0..count).rev().collect(), patience)
    }

    /// For children with the numbers in `order`, each of which is in it once.
    pub(crate) fn in_order(order: Vec<usize>, patience: Duration) -> Self {
        Turns { pids: Letterboxes::new(order.len()), order, patience }
    }

    /// Returns when child `number` may end.
    pub(crate) fn take_turn(&self, number: usize) {
        let place = self.order.iter().position(|&other| other == number).expect("its place");
        if let Some(&next) = self.order.get(place + 1) {
            self.pids.send(next, &getpid().as_raw().to_ne_bytes());
        }
        if place > 0 {
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
