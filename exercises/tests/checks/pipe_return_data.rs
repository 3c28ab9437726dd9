//! What your `results_of_children` must do.

use std::collections::BTreeMap;
use std::{io, process};

use grader::{Suite, check};
use nix::sys::signal::Signal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq};

use super::answers::pipe_return_data::{Failure, results_of_children};

#[path = "tools.rs"]
mod tools;
use tools::{Gate, die, panic_on_purpose};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "pipe_return_data",
        [
            check!(all_children_work_at_the_same_time)
                .if_it_hangs(
                    "Child 0 waits for child 1, and that for child 2, through pipes of the check. Fork all of them\n\
                     before you read from the first; and keep no write end of your own pipes in the parent.",
                )
                .forks(3).see("marshalling.md#pipes"),
            check!(a_result_larger_than_a_pipe_holds).forks(1).see("marshalling.md#pipes"),
            check!(several_results_larger_than_a_pipe_holds)
                .forks(3)
                .see("marshalling.md#who-holds-the-write-end"),
            check!(a_child_that_dies_has_a_failure).forks(4).see("waitpid.md#the-status-word"),
            check!(half_a_result_is_no_result).forks(3).see("marshalling.md#damaged-data"),
            check!(a_result_that_json_cannot_hold).forks(1).see("marshalling.md#json"),
            check!(no_children_give_no_results).forks(0),
            check!(all_pipes_are_closed).forks(4).closes_descriptors(),
            check!(a_fork_that_fails_is_an_error).forks(2).fork_fails_after(2),
        ],
    )
}

/// Your function, with an error that can be compared.
fn run<T: Serialize + DeserializeOwned + 'static>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> Result<Vec<Result<T, Failure>>, String> {
    results_of_children(count, work).map_err(|error| error.to_string())
}

/// Child 0 does not end before child 1 has worked, and that not before child 2. The results still
/// come in the order of the children's numbers.
fn all_children_work_at_the_same_time() {
    let gates: [Gate; 3] = Gate::row();
    let results = run(3, |index| {
        if let Some(next) = gates.get(index + 1) {
            next.wait();
        }
        gates[index].open();
        format!("result {index}")
    });
    assert_eq!(results, Ok([0, 1, 2].map(|index| Ok(format!("result {index}"))).to_vec()));
}

/// A pipe holds 64 KiB. The child cannot write more, and so cannot end, before somebody reads.
fn a_result_larger_than_a_pipe_holds() {
    let lengths = run(1, |_| "x".repeat(1 << 20)).map(lengths);
    assert_eq!(lengths, Ok(vec![Ok(1 << 20)]), "the length of the text that the child sent");
}

/// The end of a file comes when *all* write ends are closed. A child that was forked later has a
/// copy of those that the parent had open at that moment.
fn several_results_larger_than_a_pipe_holds() {
    let lengths = run(3, |index| "x".repeat((1 << 20) + index)).map(lengths);
    let wanted = [0, 1, 2].map(|index| Ok((1 << 20) + index)).to_vec();
    assert_eq!(lengths, Ok(wanted), "the lengths of the texts that the children sent");
}

fn lengths(results: Vec<Result<String, Failure>>) -> Vec<Result<usize, Failure>> {
    results.into_iter().map(|result| result.map(|text| text.len())).collect()
}

/// One exits, one is killed, one panics. The fourth has done its work, and you have its result.
fn a_child_that_dies_has_a_failure() {
    let results = run(4, |index| match index {
        0 => process::exit(7),
        1 => die(),
        2 => panic_on_purpose(),
        _ => 42,
    });
    let killed = Failure::Killed(Signal::SIGKILL);
    let wanted = vec![Err(Failure::Exited(7)), Err(killed), Err(Failure::Exited(101)), Ok(42)];
    assert_eq!(results, Ok(wanted), "exit(7), SIGKILL, a panic, and 42");
}

/// A list of many numbers. The process that writes it as JSON is killed after half of them.
#[derive(Debug, PartialEq, Deserialize)]
struct Fatal(Vec<u32>);

impl Serialize for Fatal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let half = self.0.len() / 2;
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for number in &self.0[..half] {
            list.serialize_element(number)?;
        }
        die()
    }
}

/// A child may end in the middle of its result, or before it has begun, and even with status 0.
fn half_a_result_is_no_result() {
    let results = run(1, |_| Fatal(vec![5; 100_000]));
    let killed = Failure::Killed(Signal::SIGKILL);
    assert_eq!(results, Ok(vec![Err(killed)]), "killed in the middle of its JSON");

    let results = run(2, |index| if index == 0 { process::exit(0) } else { 1 });
    let right = matches!(results.as_deref(), Ok([Err(Failure::Damaged(_)), Ok(1)]));
    assert!(right, "Child 0 ended with 0 and sent nothing, child 1 sent 1. You say {results:?}.");
}

/// In JSON the keys of a map are strings. The child finds out, and can tell only by its status.
fn a_result_that_json_cannot_hold() {
    let results = run(1, |_| BTreeMap::from([((1, 2), 3)]));
    assert_eq!(results, Ok(vec![Err(Failure::Exited(1))]));
}

/// Nothing asked, nothing forked.
fn no_children_give_no_results() {
    assert_eq!(run(0, |_| 1), Ok(vec![]));
}

/// A function that leaves pipes open is out of descriptors after some hundred calls.
fn all_pipes_are_closed() {
    assert_eq!(run(4, |index| index), Ok(vec![Ok(0), Ok(1), Ok(2), Ok(3)]));
}

/// Two forks work, the third does not. The two children must not be left alone with their pipes.
fn a_fork_that_fails_is_an_error() {
    let results = results_of_children(4, |_| "x".repeat(1 << 20));
    let kind = results.map(lengths).map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork gave EAGAIN");
}
