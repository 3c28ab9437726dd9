//! Forks and waits that fail.

use grader::plant::{Call, plant};
use nix::errno::Errno;

use super::super::answers::shutdown::process_until_told;
use super::tell_the_parent;
use super::tools::{Marks, slow_work, wait_for_what_is_left};

/// The third of four forks fails with EAGAIN. Two children are working by then, and each leaves a
/// mark when it is done.
pub(super) fn when_a_fork_fails_the_others_finish() {
    let marks = Marks::new();
    let got = process_until_told(4, 3, |_| {
        marks.work();
        0
    });
    assert_eq!(got, Err(Errno::EAGAIN), "the third fork failed");
    marks.are_left_by(2);
}

/// The first of four forks fails, then the second, and so on, with one error or the other.
pub(super) fn whichever_fork_fails_nothing_more_is_begun() {
    for (number, errno) in (1..).zip([Errno::ENOMEM, Errno::EAGAIN, Errno::ENOMEM, Errno::EAGAIN]) {
        let marks = Marks::new();
        let refused = plant(Call::Fork.nth(number).in_parent().fails(errno));
        let got = process_until_told(4, 2, |_| {
            slow_work(30);
            marks.leave();
            0
        });
        if refused.happened() {
            assert_eq!(got, Err(errno), "fork number {number} failed with {errno:?}");
            let left = marks.are_left_by_no_more_than(number as usize - 1);
            assert_eq!(left, number as usize - 1, "fork {number} failed; the items finished");
        }
    }
}

/// The second fork fails. The only item in progress never ends, and sends the signal repeatedly.
pub(super) fn a_second_signal_after_a_failed_fork() {
    let _refused = plant(Call::Fork.nth(2).in_parent().fails(Errno::ENOMEM));
    let got = process_until_told(3, 2, |_| {
        loop {
            slow_work(50);
            tell_the_parent();
        }
    });
    assert_eq!(got, Err(Errno::ENOMEM), "the second fork failed; then SIGTERM arrived repeatedly");
}

/// Every wait fails with ECHILD, as it does if the children were waited for elsewhere. That returns an
/// error, or no item is done.
pub(super) fn a_wait_that_fails_says_nothing() {
    let failed = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let got = process_until_told(2, 1, |_| 0);
    drop(failed);
    wait_for_what_is_left();
    let done = got.map(|report| report.done).unwrap_or_default();
    assert_eq!(
        done, [0; 0],
        "the items that are done; every wait failed, so how they ended is not known"
    );
}
