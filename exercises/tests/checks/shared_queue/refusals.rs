//! Forks, mappings and waits that fail.

use grader::Stranger;
use grader::plant::{Call, plant};
use nix::errno::Errno;

use super::tools::{Marks, die, wait_for_what_is_left};
use super::{Begun, run_queue};

/// The second fork fails with EAGAIN, as when there are too many processes. The first worker runs by
/// then, and leaves a mark when it has done an item.
pub(super) fn when_a_fork_fails_the_others_finish() {
    let marks = Marks::new();
    let outcomes = run_queue(2, 2, |_| {
        marks.work();
        0
    });
    let error = outcomes.map_err(|error| error.raw_os_error());
    assert_eq!(error, Err(Some(Errno::EAGAIN as i32)), "the second fork failed");
    marks.are_left_by(1);
}

/// The first fork fails, then the second, and so on, with one error or the other. Item 0 kills its first
/// worker and item 3 both of its workers, so that some forks are those of replacements. The caller has a child
/// of its own.
pub(super) fn whichever_fork_fails_is_an_error() {
    for (number, errno) in (1..).zip([Errno::ENOMEM, Errno::EAGAIN, Errno::ENOMEM, Errno::EAGAIN]) {
        let begun = Begun::new();
        let _stranger = Stranger::alive();
        let refused = plant(Call::Fork.nth(number).in_parent().fails(errno));
        let forks = plant(Call::Fork.every().in_parent().is_counted());
        let outcomes = run_queue(4, 2, |item| {
            if (item, begun.count(item)) == (0, 1) || item == 3 {
                die();
            }
            item as u64
        });
        if refused.happened() {
            let error = outcomes.map_err(|error| error.raw_os_error());
            let (wanted, what) =
                (Err(Some(errno as i32)), format!("fork {number} failed with {errno:?}"));
            assert_eq!(error, wanted, "{what}");
            assert_eq!(forks.times(), number, "{what}; the number of forks, which none may follow");
        }
    }
}

/// The first mapping that processes share cannot be made, then the second, and so on.
pub(super) fn memory_that_cannot_be_had_is_an_error() {
    for number in 1..=4 {
        let refused = plant(Call::Map.nth(number).in_parent().fails(Errno::ENOMEM));
        let outcomes = run_queue(4, 2, |item| item as u64);
        if !refused.happened() {
            break; // there are fewer
        }
        let error = outcomes.map_err(|error| error.raw_os_error());
        assert_eq!(
            error,
            Err(Some(Errno::ENOMEM as i32)),
            "mmap number {number} failed with ENOMEM"
        );
    }
}

/// ECHILD: another part of the program has waited for the child. That is an error, or no reason to
/// stop; the results are in shared memory.
pub(super) fn a_wait_that_fails_has_an_end() {
    let refused = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let _ = run_queue(2, 2, |item| item as u64);
    drop(refused);
    wait_for_what_is_left();
}
