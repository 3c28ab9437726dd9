//! The end of a pool: whoever is idle ends by itself, whoever is busy is killed.

use std::time::{Duration, Instant};

use nix::poll::poll;

use crate::dispatcher::{Dispatcher, to_timeout};
use crate::link::Link;

/// How long an idle worker has to end by itself. It takes microseconds, unless it is stopped.
const GRACE: Duration = Duration::from_secs(1);

impl<A, R> Drop for Dispatcher<A, R> {
    /// Ends all workers and waits for them. That takes no longer than [`GRACE`].
    fn drop(&mut self) {
        let deadline = Instant::now() + GRACE;
        for link in &self.links {
            link.close();
        }
        for link in &mut self.links {
            if link.queue.items() == 0 {
                see_off(link, deadline);
            }
            // Who is still there now is at an item that nobody waits for, or does not listen.
            link.reap();
        }
    }
}

/// Waits until the worker has closed its socket, which it does by ending.
fn see_off<R>(link: &mut Link<R>, deadline: Instant) {
    while !link.lost {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        let polled = poll(&mut [link.poll_fd()], to_timeout(Some(left)));
        if polled.is_ok_and(|ready| ready > 0) {
            // Answers to items that are of no interest any more may come before the end.
            link.fill();
        }
    }
}
