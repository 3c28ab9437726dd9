//! System calls that fail or do a part of what they were asked to do, and children that die.

use std::{fs, io};

use grader::plant::{Call, plant};
use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::edges::{fail_every_wait, refuse_a_fork_amid_others, refuse_forks};
use super::tools::{count, refuse_what_connects, says_interrupted};
use super::{
    assert_same_report, here, make, report_by_one, report_by_several, several, take, take_all,
};

/// A file cannot be opened, or a read fails, also when some bytes have come. Part of a count is not a count.
pub(super) fn a_file_that_fails_in_the_middle_is_a_row() {
    let opens = [Errno::EACCES, Errno::EMFILE].map(|errno| (Call::Open.nth(1), errno));
    let reads = [1, 2].map(|number| (Call::Read.nth(number).on_files(), Errno::EIO));
    for (position, errno) in opens.into_iter().chain(reads) {
        let _ = fs::write("1.txt", "0123456789".repeat(20));
        // Of two rules for one call, the one that was planted first holds.
        let in_parent = plant(position.in_parent().fails(errno));
        let parts = plant(Call::Read.every().on_files().short(70));
        let one = report_by_one(here(), 1);
        assert_reason(in_parent.happened(), &one, errno);
        drop((in_parent, parts));
        let in_child = plant(position.in_child(0).fails(errno));
        let parts = plant(Call::Read.every().on_files().short(70));
        let report = several(1, 1).unwrap_or_else(|error| error);
        assert_reason(in_child.happened(), &report, errno);
        drop((in_child, parts));
        take(1);
    }
}

/// If a call failed, the file's row has the reason.
#[track_caller]
pub(super) fn assert_reason(failed: bool, report: &str, errno: Errno) {
    let row = format!("1.txt        cannot be read: {}\n", io::Error::from(errno));
    assert!(
        !failed || report.contains(&row),
        "A call for 1.txt failed with {errno:?}, the first one or a later one.\n\
         got:    {report:?}\n\
         wanted: {row:?} in it"
    );
}

/// A child is killed at its first system call, then at its second, and so on. The result may be an
/// error, or reasons instead of counts in some rows; but no count may be wrong, and no row missing.
pub(super) fn a_child_may_die_at_any_moment() {
    make(4, 5, 30, 3);
    let one = report_by_one(here(), 4);
    for call in 1..200 {
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let report = several(4, 2);
        let happened = killed.happened();
        drop(killed);
        assert_no_wrong_row(&report, &one, &format!("a child was killed at its call {call}"));
        if !happened {
            assert_same_report(&report, &one, "no child was killed");
            break; // it makes fewer calls
        }
    }
    take_all(4);
}

/// The only child is killed at its first read of the only file. No process but a child reads files, so there are
/// no counts, unless another child has read it.
pub(super) fn no_other_process_reads_the_file() {
    let _ = fs::write("1.txt", "9");
    let killed = plant(Call::Read.nth(1).in_child(0).on_files().killed_by(Signal::SIGKILL));
    let forks = plant(Call::Fork.every().in_parent().is_counted());
    let report = several(1, 1);
    let (happened, forks) = (killed.happened(), forks.times());
    drop(killed);
    take(1);
    let counted = report.as_ref().is_ok_and(|report| report.contains("1.txt              0"));
    assert!(
        !counted || !happened || forks > 1,
        "The only child was killed at its first read, and yet the file was counted. Does the parent read it?\n\
         got:    {report:?}"
    );
}

/// A child is killed in one of its first writes, after each number of bytes. A count of which the last
/// digits are missing is a number too, but a wrong one.
pub(super) fn a_row_may_be_cut_off() {
    let _ = fs::write("1.txt", "9".repeat(12345));
    let one = report_by_one(here(), 1);
    for (write, bytes) in (1..=2).flat_map(|write| (0..40).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let report = several(1, 1);
        if torn.happened() {
            let bytes = count(bytes, "byte", "bytes");
            let what = format!("a child was killed in its write {write}, after {bytes}");
            assert_no_wrong_row(&report, &one, &what);
        }
    }
    take(1);
}

/// Each file's row has its counts or a reason. An error instead of the report is right, too.
#[track_caller]
pub(super) fn assert_no_wrong_row(report: &Result<String, String>, one: &str, what: &str) {
    let Ok(report) = report else { return };
    let rows = one.lines().skip(1).filter(|line| !line.starts_with("total"));
    for (line, number) in rows.zip(1..) {
        let name = format!("{number}.txt ");
        let got = report.lines().find(|line| line.starts_with(&name));
        let numbers = got.map(|got| got.split_whitespace().skip(1).all(is_a_number));
        let right = got == Some(line) || numbers == Some(false);
        assert!(right, "{what}: a wrong row of {number}.txt in\n{report}");
    }
}

pub(super) fn is_a_number(word: &str) -> bool {
    word.parse::<u64>().is_ok()
}

/// A read or write may transfer only some of the bytes; it returns how many.
pub(super) fn a_call_may_transfer_a_part() {
    make(6, 5, 30, 3);
    let (one, report) = (report_by_one(here(), 6), several(6, 2));
    take_all(6);
    assert_same_report(&report, &one, "each call transferred at most 50 bytes");
}

/// A signal handler ran, and the call fails with EINTR. No process has ended, so repeat the call.
pub(super) fn a_signal_interrupts_every_call() {
    make(3, 5, 30, 3);
    let (one, report) = (report_by_one(here(), 3), report_by_several(here(), 3, 2));
    let error = report.as_ref().err().and_then(io::Error::raw_os_error);
    let says_so = says_interrupted(error);
    take_all(3);
    if !says_so {
        let report = report.map_err(|error| error.to_string());
        assert_same_report(&report, &one, "two of three calls failed with EINTR");
    }
}

/// The first or any other pipe or socket pair cannot be created: too many descriptors are open.
pub(super) fn a_connection_that_cannot_be_made() {
    make(3, 5, 30, 3);
    refuse_what_connects(|| report_by_several(here(), 3, 3));
    take_all(3);
}

/// Every wait fails. The function returns nevertheless, and no count is wrong.
pub(super) fn a_wait_that_fails() {
    make(3, 5, 30, 3);
    let one = report_by_one(here(), 3);
    let is_right = |report| assert_no_wrong_row(&Ok(report), &one, "every wait failed with ECHILD");
    fail_every_wait(|| several(3, 2).map(is_right), &());
    take_all(3);
}

/// One child exists, and a second cannot be forked.
pub(super) fn a_fork_that_fails_is_an_error() {
    make(3, 5, 30, 3);
    let kills = plant(Call::Kill.every().in_parent().fails(Errno::EPERM));
    let report = report_by_several(here(), 3, 3).map_err(|error| error.kind());
    take_all(3);
    assert_eq!(report, Err(io::ErrorKind::WouldBlock), "the second fork failed with EAGAIN");
    assert!(
        !kills.happened(),
        "Your function signalled the child that already existed. It should wait for the child to end by itself."
    );
}

/// The fork of any child may fail, for want of processes or of memory.
pub(super) fn whichever_fork_fails() {
    make(3, 5, 30, 3);
    refuse_forks(|| report_by_several(here(), 3, 3).map_err(|error| error.raw_os_error()));
    take_all(3);
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
pub(super) fn a_fork_that_fails_amid_others() {
    make(4, 5, 30, 3);
    refuse_a_fork_amid_others(|| {
        let result = report_by_several(here(), 4, 4);
        result.map_err(|error| error.raw_os_error())
    });
    take_all(4);
}
