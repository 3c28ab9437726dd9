//! What your `results_as_they_end` must do. Each check runs in a folder of its own, which must be
//! empty again when your function has returned.

use std::collections::BTreeMap;
use std::io::{self, Read, pipe};
use std::path::Path;
use std::{fs, process};

use grader::{Check, Suite, check};
use nix::sys::signal::Signal;
use nix::unistd::{getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::fork_return_data::{Failure, results_as_they_end};

#[path = "tools.rs"]
mod tools;
use tools::{Gate, die, panic_on_purpose};

pub(crate) fn suite() -> Suite {
    let checks = [
        check!(a_result_comes_as_soon_as_its_child_ends)
            .if_it_hangs(
                "Child 0 waits, through a pipe of the check, until you have received the result of child 1,\n\
                 and that one for child 2. Fork all of them, and then wait for any, not for a certain one.",
            )
            .forks(3).see("waitpid.md#any-child"),
        check!(a_file_is_named_after_parent_and_child).forks(2).see("marshalling.md#files"),
        check!(a_child_that_dies_has_a_failure).forks(4).see("waitpid.md#the-status-word"),
        check!(a_file_counts_only_with_status_0).forks(4).see("marshalling.md#damaged-data"),
        check!(a_result_that_cannot_be_written).forks(2).see("marshalling.md#json"),
        check!(no_children_give_no_results).forks(0),
        check!(a_fork_that_fails_is_an_error).forks(2).fork_fails_after(2),
    ];
    Suite::new("fork_return_data", checks.map(Check::in_empty_folder))
}

/// The numbers and results that `receive` was called with.
type Received<T> = Vec<(usize, Result<T, Failure>)>;

/// Your function in the current folder: what was received, in that order, and an error that can
/// be compared.
fn run<T: Serialize + DeserializeOwned + 'static>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> (Received<T>, Result<(), String>) {
    let mut received = Vec::new();
    let receive = |index, result| received.push((index, result));
    let outcome = results_as_they_end(Path::new("."), count, work, receive);
    (received, outcome.map_err(|error| error.to_string()))
}

/// Child 1 does not end before the result of child 2 has been received, and child 0 not before
/// that of child 1. Who waits for child 0 first, or for all of them, waits for ever.
fn a_result_comes_as_soon_as_its_child_ends() {
    let gates: [Gate; 2] = Gate::row();
    let work = |index: usize| {
        if let Some(gate) = gates.get(index) {
            gate.wait();
        }
        index * 10
    };
    let mut received = Vec::new();
    let outcome = results_as_they_end(Path::new("."), 3, work, |index, result| {
        received.push((index, result));
        if index > 0 {
            gates[index - 1].open();
        }
    });
    assert_eq!(received, [(2, Ok(20)), (1, Ok(10)), (0, Ok(0))], "what was received, in order");
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
}

/// When the first of two results comes, the check waits until the other child has ended as well,
/// and then looks into the folder.
fn a_file_is_named_after_parent_and_child() {
    // The end of this pipe comes when both children, who inherit its write end, are gone.
    let (mut end_of_children, writer) = pipe().expect("a pipe for the check");
    let mut writer = Some(writer);
    let (mut received, mut files) = (Vec::new(), Vec::new());
    let outcome = results_as_they_end(
        Path::new("."),
        2,
        |_| process::id(),
        |_, result| {
            if writer.take().is_some() {
                let _ = end_of_children.read_to_end(&mut Vec::new());
                files = fs::read_dir(".").into_iter().flatten().flatten().collect();
            }
            received.push(result);
        },
    );
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
    let [Ok(_), Ok(second)] = received[..] else {
        panic!("Two children each return their PID. You received {received:?}.");
    };
    let files: Vec<_> = files.iter().map(fs::DirEntry::file_name).collect();
    let wanted = format!("{}-{second}.json", process::id());
    assert_eq!(files, [&*wanted], "in the folder, while child {second} had not been waited for");
}

/// One exits, one is killed, one panics. The fourth has done its work, and you have its result.
fn a_child_that_dies_has_a_failure() {
    let (mut received, outcome) = run(4, |index| match index {
        0 => process::exit(7),
        1 => die(),
        2 => panic_on_purpose(),
        _ => 42,
    });
    received.sort_by_key(|(index, _)| *index);
    let killed = Failure::Killed(Signal::SIGKILL);
    let wanted = [
        (0, Err(Failure::Exited(7))),
        (1, Err(killed)),
        (2, Err(Failure::Exited(101))),
        (3, Ok(42)),
    ];
    assert_eq!(received, wanted, "exit(7), SIGKILL, a panic, and 42");
    assert_eq!(outcome, Ok(()));
}

/// Child 0 is killed when its file is complete. The others end with 0: one before it has written
/// anything, one with half its file, one as it should.
fn a_file_counts_only_with_status_0() {
    let write = |json: &str| fs::write(format!("{}-{}.json", getppid(), getpid()), json);
    let (mut received, outcome) = run(4, |index| {
        let _ = match index {
            0 => write("[1, 2, 3]").map(|()| die()),
            1 => process::exit(0),
            2 => write("[1, 2,").map(|()| process::exit(0)),
            _ => Ok(()),
        };
        vec![1, 2, 3]
    });
    received.sort_by_key(|(index, _)| *index);
    let wanted = [(0, Err(Failure::Killed(Signal::SIGKILL))), (1, Err(Failure::NoFile))];
    assert_eq!(received[..2.min(received.len())], wanted, "killed with a whole file; exit without");
    let half = matches!(received.get(2), Some((2, Err(Failure::Damaged(_)))));
    assert!(half, "Child 2 ended with 0 and half a file. You say {:?}.", received.get(2));
    assert_eq!(received.get(3), Some(&(3, Ok(vec![1, 2, 3]))), "child 3 wrote its list");
    assert_eq!(outcome, Ok(()));
}

/// In JSON the keys of a map are strings; and a folder may be missing. The child finds out, and
/// can tell only by its status.
fn a_result_that_cannot_be_written() {
    let (received, _) = run(1, |_| BTreeMap::from([((1, 2), 3)]));
    assert_eq!(received, [(0, Err(Failure::Exited(1)))], "a map that JSON cannot hold");

    let mut received = Vec::new();
    let receive = |index, result: Result<i32, Failure>| received.push((index, result));
    let outcome = results_as_they_end(Path::new("missing"), 1, |_| 5, receive);
    assert_eq!(received, [(0, Err(Failure::Exited(1)))], "a folder that does not exist");
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
}

/// Nothing asked, nothing forked.
fn no_children_give_no_results() {
    assert_eq!(run(0, |_| 1), (vec![], Ok(())));
}

/// Two forks work, the third does not. Neither the two children nor their files may be left.
fn a_fork_that_fails_is_an_error() {
    let outcome = results_as_they_end(Path::new("."), 4, |index| index, |_, _| {});
    let kind = outcome.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork gave EAGAIN");
}
