//! What lies at the edge of a task, and that several suites look at: a folder with an unusual name, a
//! fork that is refused at any position and for any reason, ends that look like other ends, and children that must
//! sleep while they wait.
#![allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs;
use std::ops::Deref;
use std::os::unix::ffi::OsStringExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use grader::Stranger;
use grader::plant::{Call, plant};
use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, raise};

use super::tools::{Zombie, every_wait_fails, says_interrupted, wait_for_what_is_left};

/// What [`odd_name`] is like, for a verdict.
pub(crate) const ODD: &str =
    "whose name is long and contains a newline and a byte that is not UTF-8";

/// A folder with an unusual name: of two lines, long, and on Linux not valid UTF-8. It is removed
/// with this value if it is empty then.
pub(crate) struct OddFolder(PathBuf);

impl OddFolder {
    pub(crate) fn new() -> Self {
        let path = PathBuf::from(odd_name());
        fs::create_dir(&path).expect("a folder for the check");
        OddFolder(path)
    }
}

impl Deref for OddFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for OddFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0); // what is left in it, the grader tells
    }
}

/// A name of 200 bytes, with a newline in it, and a byte that is not UTF-8 where the system allows it.
pub(crate) fn odd_name() -> OsString {
    let mut name = b"of two\nlines ".to_vec();
    if cfg!(target_os = "linux") {
        name.push(0xff);
    }
    name.resize(200, b'x');
    OsString::from_vec(name)
}

/// Compares long lists. Of those a verdict shows only the first entry that is not right.
#[track_caller]
pub(crate) fn assert_long<T: Debug + PartialEq>(
    got: Result<Vec<T>, String>,
    wanted: &[T],
    what: &str,
) {
    let got = match got {
        Ok(got) => got,
        Err(error) => panic!("{what}\ngot:    {error}"),
    };
    assert_eq!(got.len(), wanted.len(), "{what}: the number of entries");
    if let Some(at) = (0..got.len()).find(|&at| got[at] != wanted[at]) {
        assert_eq!(got[at], wanted[at], "{what}: entry {at}");
    }
}

/// Refuses the parent's first fork, then its second, and so on, for each of two reasons. Whenever that
/// happens to a call of `run`, it returns the error.
#[track_caller]
pub(crate) fn refuse_forks<R: Debug + PartialEq>(run: impl Fn() -> Result<R, Option<i32>>) {
    for error in [Errno::EAGAIN, Errno::ENOMEM] {
        for number in 1..=4 {
            let refused = plant(Call::Fork.nth(number).in_parent().fails(error));
            let forks = plant(Call::Fork.every().in_parent().is_counted());
            let result = run();
            if !refused.happened() {
                break; // it makes fewer calls
            }
            let again = forks.times().saturating_sub(number);
            let what = format!("fork number {number} failed with {error:?}");
            assert_eq!(again, 0, "{what}: how often your function forked after that");
            assert_eq!(result, Err(Some(error as i32)), "{what}");
        }
    }
}

/// The parent's third fork fails, its waits are interrupted, and the caller has two children of its own: one that
/// has ended, and one that runs as long as the check. The error is that of the fork. A function that returns `EINTR`
/// if it is interrupted is not asked: of the two errors, it could return either.
#[track_caller]
pub(crate) fn refuse_a_fork_amid_others<R: Debug + PartialEq>(
    run: impl Fn() -> Result<R, Option<i32>>,
) {
    let interrupted = plant(Call::Wait.two_of_three().in_parent().interrupted());
    let error = run().err().flatten();
    drop(interrupted);
    if says_interrupted(error) {
        return;
    }
    let others = (Zombie::new(), Stranger::alive());
    let refused = plant(Call::Fork.nth(3).in_parent().fails(Errno::EAGAIN));
    let interrupted = plant(Call::Wait.two_of_three().in_parent().interrupted());
    let result = run();
    drop((refused, interrupted, others));
    let wanted = Err(Some(libc::EAGAIN));
    assert_eq!(
        result, wanted,
        "the third fork failed with EAGAIN, and two of three waits with EINTR"
    );
}

/// What to say when [`fail_every_wait`] hangs.
pub(crate) const NO_CHILD_TO_WAIT_FOR: &str =
    "Every wait failed with ECHILD: there is no child to wait for. Repeat a wait after EINTR only.";

/// Every wait of `run` fails, as it does if the children were waited for elsewhere. It does not wait for ever
/// nevertheless: it returns an error, or the result as it would be otherwise, or takes this for a bug and panics.
#[track_caller]
pub(crate) fn fail_every_wait<R: Debug + PartialEq, E: Debug>(
    run: impl FnOnce() -> Result<R, E>,
    otherwise: &R,
) {
    let failing = every_wait_fails();
    let result = catch_unwind(AssertUnwindSafe(run));
    drop(failing);
    wait_for_what_is_left();
    let Ok(result) = result else { return };
    let right = result.as_ref().map_or(true, |result| result == otherwise);
    assert!(right, "every wait failed with ECHILD\ngot:    {result:?}");
}

/// Ends this process with a status above 128, which shells use for signals, or by a signal. What the caller is told
/// of it is [`END`] of this number.
pub(crate) fn end_like(number: usize) -> ! {
    match ENDS[number] {
        Ok(status) => process::exit(status),
        Err(signal) => {
            let _ = raise(signal);
            process::abort()
        }
    }
}

/// Ends that are easily taken for others: exit statuses above 128, and signals.
pub(crate) const ENDS: [Result<i32, Signal>; 4] =
    [Ok(128 + 9), Ok(255), Err(Signal::SIGTERM), Err(Signal::SIGUSR1)];

/// What the caller is told of these ends.
pub(crate) fn told_of_ends<F>(exited: fn(i32) -> F, killed: fn(Signal) -> F) -> [F; 4] {
    ENDS.map(|end| end.map_or_else(killed, exited))
}

/// In `run`, children wait for a while. They do it asleep, so they use little processor time.
#[track_caller]
pub(crate) fn children_sleep<R>(run: impl FnOnce() -> R) -> R {
    let before = time_of_children();
    let result = run();
    let used = time_of_children().saturating_sub(before);
    assert!(
        used < Duration::from_millis(60),
        "The children used {used:?} of processor time, although they had little to do. A child that waits for \
         more work must sleep, as in a read that blocks."
    );
    result
}

/// The processor time of all children that have been waited for.
fn time_of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the check's own getrusage");
    let times = [usage.user_time(), usage.system_time()];
    times
        .iter()
        .map(|time| Duration::from_micros(time.tv_sec() as u64 * 1_000_000 + time.tv_usec() as u64))
        .sum()
}
