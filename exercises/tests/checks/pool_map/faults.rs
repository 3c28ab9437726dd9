//! Forks, waits and connections that fail.

use std::io;

use grader::plant::{Call, plant};
use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::edges::{fail_every_wait, refuse_a_fork_amid_others, refuse_forks};
use super::tools::{InProgress, Marks, die, refuse_what_connects, slow_work};
use super::{Failure, pool_map, run};

/// Every wait fails. The function does not wait for ever; it cannot tell then how a worker ended.
pub(super) fn a_wait_that_fails() {
    fail_every_wait(|| run(2, &[1, 2], |item| item * 2), &vec![Ok(2), Ok(4)]);
    let killed = Err(Failure::Killed(Signal::SIGKILL));
    let one_kills = |&item: &u32| if item == 1 { die() } else { item };
    fail_every_wait(|| run(2, &[1, 2], one_kills), &vec![killed, Ok(2)]);
}

/// The first or any other pipe or socket pair cannot be created: too many descriptors are open.
pub(super) fn a_connection_that_cannot_be_made() {
    refuse_what_connects(|| pool_map(3, &[1, 2, 3], |item| item * 2));
}

/// Item 0 kills its worker, and a new one cannot be forked. Item 1, which is in progress at that moment,
/// is finished; no other item is begun.
pub(super) fn a_replacement_that_cannot_be_forked() {
    let (begun, ended) = (Marks::new(), Marks::new());
    let refused = plant(Call::Fork.nth(3).in_parent().fails(Errno::EAGAIN));
    let results = pool_map(2, &[0, 1, 2, 3, 4, 5], |&item| {
        begun.leave();
        if item == 0 {
            die()
        }
        for _ in 0..2000 {
            if refused.happened() {
                break;
            }
            slow_work(1);
        }
        slow_work(20); // for the parent, to take notice
        ended.leave();
    });
    let kind = results.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork failed with EAGAIN");
    begun.are_left_by_no_more_than(2);
    ended.are_left_by(1);
}

/// Item 0 kills its worker. The fork of any worker may fail, for want of processes or of memory.
pub(super) fn whichever_fork_fails() {
    refuse_forks(|| {
        let results = pool_map(2, &[0, 1, 2, 3], |&item| if item == 0 { die() } else { item });
        results.map_err(|error| error.raw_os_error())
    });
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
pub(super) fn a_fork_that_fails_amid_others() {
    refuse_a_fork_amid_others(|| {
        let result = pool_map(4, &[1, 2, 3, 4], |item| *item);
        result.map_err(|error| error.raw_os_error())
    });
}

/// Two workers exist, and a third cannot be forked. Their items are done; no other item is begun.
pub(super) fn a_fork_that_fails_is_an_error() {
    let items = InProgress::new();
    let results = pool_map(4, &[1, 2, 3, 4, 5, 6, 7], |_| {
        items.work();
    });
    let kind = results.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork failed with EAGAIN");
    items.assert_finished(2);
}
