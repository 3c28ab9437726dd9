//! What your `results_of_children` must do.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{io, process};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq};

use super::answers::pipe_return_data::{Failure, results_of_children};

#[path = "edges.rs"]
mod edges;
#[path = "tools.rs"]
mod tools;
use edges::{end_like, refuse_a_fork_amid_others, refuse_forks, told_of_ends};
use tools::{
    Gate, Inherited, LITTLE, Marks, Zombie, count, die, panic_on_purpose, says_interrupted,
    slow_work, wait_for_what_is_left,
};

const NO_CHILD: &str = "Each wait fails with ECHILD: the child is no child of this process any more. A wait that is\n\
     repeated after any error never ends. Repeat it after EINTR only.";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "pipe_return_data",
        [
            check!(all_children_work_at_the_same_time)
                .if_it_hangs(
                    "Child 0 waits for child 1, and child 1 waits for child 2. Fork all of them before you read from\n\
                     the first, and keep no write end of your own pipes open in the parent.",
                )
                .forks(3).see("pipes.md#the-program"),
            check!(a_result_may_come_in_pieces)
                .plant(Call::Read.every().in_parent().on_pipes().short(3))
                .forks(2)
                .see("pipes.md#one-write-is-not-one-read"),
            check!(in_whatever_order_they_end)
                .in_every_order()
                .see("waitpid.md#one-child-or-any"),
            check!(a_result_larger_than_a_pipe_holds).forks(1).see("pipes.md#capacity"),
            check!(several_results_larger_than_a_pipe_holds)
                .forks(3)
                .see("pipes.md#who-holds-the-write-end"),
            check!(a_child_that_dies_has_a_failure).forks(4).see("waitpid.md#the-status-word"),
            check!(a_status_above_128_is_not_a_signal).forks(4).see("waitpid.md#the-status-word"),
            check!(half_a_result_is_not_a_result).forks(3).see("marshalling.md#damaged-data"),
            check!(a_result_that_json_cannot_hold).forks(1).see("marshalling.md#json"),
            check!(a_result_that_cannot_be_written).forks(2).see("marshalling.md#json"),
            check!(no_children_give_no_results).forks(0),
            check!(a_result_may_be_empty).forks(2 + 1).see("marshalling.md#json"),
            check!(all_pipes_are_closed).forks(4).closes_descriptors(),
            check!(a_whole_result_counts_only_with_status_0).see("waitpid.md#the-status-word"),
            check!(a_child_may_die_at_any_moment)
                .within(Duration::from_secs(8))
                .see("marshalling.md#damaged-data"),
            check!(a_letter_may_be_cut_in_two).see("marshalling.md#damaged-data"),
            check!(a_write_may_take_less_than_was_asked)
                .plant(Call::Write.every().in_children().on_pipes().short(1000))
                .forks(2)
                .see("pipes.md#the-program"),
            check!(a_signal_interrupts_every_call)
                .plant(Call::Wait.two_of_three().in_parent().interrupted())
                .plant(Call::Read.two_of_three().in_parent().on_pipes().interrupted())
                .plant(Call::Write.two_of_three().in_children().on_pipes().interrupted())
                .forks(2)
                .see("waitpid.md#eintr"),
            // A thread for each pipe is right too, and the kernel counts threads as processes.
            check!(three_hundred_children).forks(300).at_most(700).memory(8 << 30).within(Duration::from_secs(15)),
            check!(a_second_call_is_like_the_first).forks(3 + 2),
            check!(the_parent_sleeps_while_it_waits)
                .forks(2)
                .uses_at_most(LITTLE)
                .see("pipes.md#the-program"),
            check!(a_child_of_the_caller_has_no_result).forks(2).see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_has_no_result)
                .forks(1 + 2)
                .see("waitpid.md#one-child-or-any"),
            check!(a_fork_that_fails_is_an_error)
                .fork_fails(3)
                .forks(2)
                .closes_descriptors()
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_pipe_that_cannot_be_created_is_an_error).closes_descriptors(),
            check!(a_wait_that_fails_is_an_error)
                .within(Duration::from_secs(1))
                .if_it_hangs(NO_CHILD)
                .see("waitpid.md#eintr"),
            check!(work_finds_what_the_caller_had).forks(2).see("fork-basics.md#two-memories"),
            check!(work_may_call_your_function_too).forks(2 + 4),
            check!(whichever_fork_fails)
                .closes_descriptors()
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_fork_that_fails_amid_others).see("many-forks.md#a-fork-that-fails"),
            check!(a_child_may_die_in_any_order)
                .in_every_order()
                .with_any_child_killed()
                .see("marshalling.md#damaged-data"),
        ],
    )
}

/// Calls your function, and returns an error that can be compared.
fn run<T: Serialize + DeserializeOwned + 'static>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> Result<Vec<Result<T, Failure>>, String> {
    results_of_children(count, work).map_err(|error| error.to_string())
}

/// Child 0 does not end before child 1 has worked, and child 1 does not end before child 2 has
/// worked. The results are in the order of the children's numbers nevertheless.
fn all_children_work_at_the_same_time() {
    let gates: [Gate; 3] = Gate::row();
    let results = run(3, |index| {
        if let Some(next) = gates.get(index + 1) {
            next.wait();
        }
        gates[index].open();
        format!("result {index}")
    });
    let wanted = [0, 1, 2].map(|index| Ok(format!("result {index}"))).to_vec();
    assert_eq!(results, Ok(wanted), "the results, in the order of the children's numbers");
}

/// A read returns only the bytes that are there, here at most 3. Only end-of-file means that there are
/// no more.
fn a_result_may_come_in_pieces() {
    let results = run(2, |index| format!("result {index}"));
    let wanted = Ok(vec![Ok("result 0".to_owned()), Ok("result 1".to_owned())]);
    assert_eq!(results, wanted, "each read returned at most 3 bytes");
}

/// One of two children has a result, the other one ends with status 7, in every order of their steps
/// and those of your function.
fn in_whatever_order_they_end() {
    let results = run(2, |index| if index == 0 { 10 } else { process::exit(7) });
    assert_eq!(results, Ok(vec![Ok(10), Err(Failure::Exited(7))]), "10, and exit(7)");
}

/// By default, a pipe holds 64 KiB. The child cannot write more, and so cannot end, before the
/// parent reads.
fn a_result_larger_than_a_pipe_holds() {
    let lengths = run(1, |_| "x".repeat(1 << 20)).map(lengths);
    assert_eq!(lengths, Ok(vec![Ok(1 << 20)]), "the length of the string that the child sent");
}

/// A read reports end-of-file when *all* write ends are closed. A child that was forked later has
/// copies of those that the parent had open at that moment.
fn several_results_larger_than_a_pipe_holds() {
    let lengths = run(3, |index| "x".repeat((1 << 20) + index)).map(lengths);
    let wanted = [0, 1, 2].map(|index| Ok((1 << 20) + index)).to_vec();
    assert_eq!(lengths, Ok(wanted), "the lengths of the strings that the children sent");
}

fn lengths(results: Vec<Result<String, Failure>>) -> Vec<Result<usize, Failure>> {
    results.into_iter().map(|result| result.map(|text| text.len())).collect()
}

/// One child exits, one is killed, one panics. The fourth completes its work, and its result counts.
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

/// Shells report a signal as a status above 128. A parent can tell them apart.
fn a_status_above_128_is_not_a_signal() {
    let results = run(4, |index| -> u8 { end_like(index) });
    let wanted = told_of_ends(Failure::Exited, Failure::Killed).map(Err).to_vec();
    assert_eq!(results, Ok(wanted), "exit(137), exit(255), SIGTERM, SIGUSR1");
}

/// A list of many numbers. The child that writes it as JSON is killed after half of them.
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

/// A child may end in the middle of its result, or before it, and even with status 0.
fn half_a_result_is_not_a_result() {
    let results = run(1, |_| Fatal(vec![5; 100_000]));
    let killed = Failure::Killed(Signal::SIGKILL);
    assert_eq!(results, Ok(vec![Err(killed)]), "killed in the middle of its JSON");

    let results = run(2, |index| if index == 0 { process::exit(0) } else { 1 });
    let right = matches!(results.as_deref(), Ok([Err(Failure::Damaged(_)), Ok(1)]));
    assert!(
        right,
        "Child 0 ended with 0 and sent nothing; child 1 sent 1. Your function returned {results:?}."
    );
}

/// In JSON, the keys of a map must be strings. The child notices this, and reports it by its status.
fn a_result_that_json_cannot_hold() {
    let results = run(1, |_| BTreeMap::from([((1, 2), 3)]));
    assert_eq!(
        results,
        Ok(vec![Err(Failure::Exited(1))]),
        "the work returned a map whose keys are not strings, which JSON cannot hold"
    );
}

/// Child 0 cannot write into its pipe.
fn a_result_that_cannot_be_written() {
    let refused = plant(Call::Write.every().in_child(0).on_pipes().fails(Errno::EIO));
    let results = run(2, |index| index);
    drop(refused);
    let wanted = Ok(vec![Err(Failure::Exited(1)), Ok(1)]);
    assert_eq!(results, wanted, "each write of child 0 failed with EIO");
}

/// Without children, nothing is forked.
fn no_children_give_no_results() {
    assert_eq!(run(0, |_| 1), Ok(vec![]));
}

/// A result that takes no memory is a result.
fn a_result_may_be_empty() {
    assert_eq!(run(2, |_| ()), Ok(vec![Ok(()); 2]), "two children returned ()");
    assert_eq!(run(1, |_| None::<u8>), Ok(vec![Ok(None)]), "a child returned None");
}

/// A function that leaves pipes open runs out of descriptors after a few hundred calls.
fn all_pipes_are_closed() {
    assert_eq!(run(4, |index| index), Ok(vec![Ok(0), Ok(1), Ok(2), Ok(3)]));
}

/// The JSON is complete, but then the child ends with status 3, or it is killed. So something went
/// wrong in it after all.
fn a_whole_result_counts_only_with_status_0() {
    let exit = plant(Call::Exit.nth(1).in_child(0).exits(3));
    let results = run(2, |index| index);
    drop(exit);
    assert_eq!(results, Ok(vec![Err(Failure::Exited(3)), Ok(1)]), "child 0 ended with status 3");

    let killed = plant(Call::Exit.nth(1).in_child(0).killed_by(Signal::SIGKILL));
    let results = run(2, |index| index);
    drop(killed);
    let failure = Failure::Killed(Signal::SIGKILL);
    assert_eq!(results, Ok(vec![Err(failure), Ok(1)]), "a signal ended child 0 at its exit");
}

/// Child 1 is killed at its first system call, then at its second, and so on.
fn a_child_may_die_at_any_moment() {
    for call in 1..100 {
        let killed = plant(Call::Any.nth(call).in_child(1).killed_by(Signal::SIGKILL));
        let results = run(3, |index| index);
        if !killed.happened() {
            break; // it makes fewer calls
        }
        let failure = Failure::Killed(Signal::SIGKILL);
        assert_eq!(results, Ok(vec![Ok(0), Err(failure), Ok(2)]), "killed at its call {call}");
    }
}

/// Three letters of two bytes each, between quotation marks. Child 0 dies during its first, second or
/// third write, after any number of bytes.
fn a_letter_may_be_cut_in_two() {
    for (write, bytes) in (1..=3).flat_map(|write| (0..9).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let results = run(2, |index| ["ééé", "fine"][index].to_owned());
        if torn.happened() {
            let failure = Failure::Killed(Signal::SIGKILL);
            let wanted = Ok(vec![Err(failure), Ok("fine".to_owned())]);
            let bytes = count(bytes, "byte", "bytes");
            assert_eq!(
                results, wanted,
                "child 0 was killed in its write {write}, with {bytes} written"
            );
        }
    }
}

/// A write transfers only as many bytes as there is space for; it returns how many.
fn a_write_may_take_less_than_was_asked() {
    let lengths = run(2, |index| "x".repeat(5000 + index)).map(lengths);
    assert_eq!(lengths, Ok(vec![Ok(5000), Ok(5001)]), "each write transferred at most 1000 bytes");
}

/// A signal handler ran, and the call fails with EINTR. No process has ended, so repeat the call.
fn a_signal_interrupts_every_call() {
    let results = results_of_children(2, |index| index);
    if !says_interrupted(results.as_ref().err().and_then(io::Error::raw_os_error)) {
        let results = results.map_err(|error| error.to_string());
        assert_eq!(results, Ok(vec![Ok(0), Ok(1)]), "two of three calls failed with EINTR");
    }
}

/// More children than a list of fixed size may hold, and more than a byte can count.
fn three_hundred_children() {
    assert_eq!(run(300, |index| index), Ok((0..300).map(Ok).collect()));
}

/// The first call leaves nothing behind that affects the second. Each child works once.
fn a_second_call_is_like_the_first() {
    let marks = Marks::new();
    let results = run(3, |index| {
        marks.leave();
        index
    });
    assert_eq!(results, Ok(vec![Ok(0), Ok(1), Ok(2)]), "three children");
    assert_eq!(marks.count(), 3, "how often `work` was called for three children");
    assert_eq!(run(2, |index| index + 5), Ok(vec![Ok(5), Ok(6)]), "a second call, with two");
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let results = run(2, |index| {
        slow_work(200);
        index
    });
    assert_eq!(results, Ok(vec![Ok(0), Ok(1)]), "each child took 0.2 s");
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_has_no_result() {
    let _stranger = Stranger::alive();
    assert_eq!(run(2, |index| index), Ok(vec![Ok(0), Ok(1)]));
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_has_no_result() {
    let _zombie = Zombie::new();
    assert_eq!(run(2, |index| index), Ok(vec![Ok(0), Ok(1)]));
}

/// The first, second or third pipe cannot be created, because too many descriptors are open. The
/// existing children finish, no other child is forked, and no descriptor stays open.
fn a_pipe_that_cannot_be_created_is_an_error() {
    for (number, errno) in [(1, Errno::EMFILE), (2, Errno::ENFILE), (3, Errno::EMFILE)] {
        let (begun, ended) = (Marks::new(), Marks::new());
        let refused = plant(Call::Pipe.nth(number).in_parent().fails(errno));
        let results = results_of_children(3, |index| {
            begun.leave();
            slow_work(20);
            ended.leave();
            index
        });
        if refused.happened() {
            let error = results.map_err(|error| error.raw_os_error());
            let what = format!("pipe number {number} failed with {errno:?}");
            assert_eq!(error, Err(Some(errno as i32)), "{what}");
            let begun = begun.count();
            let children = grader::count(begun, "child", "children");
            assert!(
                begun < number as usize,
                "After {what}, {children} worked. Do not fork any more after that."
            );
            let ended = ended.count();
            assert_eq!(ended, begun, "{what}: how many of {children} finished their work");
        }
    }
}

/// The first, second or third fork fails, for want of processes or of memory.
fn whichever_fork_fails() {
    refuse_forks(|| results_of_children(3, |index| index).map_err(|error| error.raw_os_error()));
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
fn a_fork_that_fails_amid_others() {
    refuse_a_fork_amid_others(|| {
        let result = results_of_children(4, |index| index);
        result.map_err(|error| error.raw_os_error())
    });
}

/// Two forks succeed, and the third fails. The parent must not abandon the two children and their
/// pipes: they finish their work.
fn a_fork_that_fails_is_an_error() {
    let marks = Marks::new();
    let results = results_of_children(4, |_| {
        marks.work();
        "x".repeat(1 << 20)
    });
    let kind = results.map(lengths).map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork failed with EAGAIN");
    marks.are_left_by(2);
}

/// Every wait fails, as it does if the children were waited for elsewhere. What they sent counts only with
/// status 0, which is not known then.
fn a_wait_that_fails_is_an_error() {
    let failed = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let results = run(2, |index| index);
    drop(failed);
    wait_for_what_is_left();
    let no_result = results.iter().flatten().all(Result::is_err);
    assert!(
        no_result,
        "Every wait failed with ECHILD, so your function cannot know how the children ended.\n\
         got:    {results:?}"
    );
}

/// The child is a copy of the caller.
fn work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let results = run(2, |index| {
        inherited.look();
        index
    });
    inherited.assert_all();
    assert_eq!(results, Ok(vec![Ok(0), Ok(1)]), "two children returned their numbers");
}

/// In a child, your function has another parent and another PID than in the caller.
fn work_may_call_your_function_too() {
    let results = run(2, |index| {
        let inner = run(2, |number| 10 * index + number);
        inner.map(|inner| inner.into_iter().map(Result::ok).collect::<Vec<_>>())
    });
    let wanted = [0, 10].map(|first| Ok(Ok(vec![Some(first), Some(first + 1)]))).to_vec();
    assert_eq!(results, Ok(wanted), "each of two children had two children of its own");
}

/// One of two children may be killed between any two of its steps, in every order of all steps.
fn a_child_may_die_in_any_order() {
    let results = run(2, |index| index + 10);
    let killed = |result: &Result<usize, Failure>| *result == Err(Failure::Killed(Signal::SIGKILL));
    let mut wanted = vec![Ok(10), Ok(11)];
    if let Some(index) = results.iter().flatten().position(killed) {
        wanted[index] = Err(Failure::Killed(Signal::SIGKILL));
    }
    assert_eq!(results, Ok(wanted), "child n returned n + 10");
}
