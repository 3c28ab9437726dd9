//! What your `results_as_they_end` must do. Each check runs in a folder of its own, which must be
//! empty again when your function has returned.

use std::collections::BTreeMap;
use std::io::{self, Read, pipe};
use std::path::Path;
use std::time::Duration;
use std::{fs, process};

use grader::plant::{Call, plant};
use grader::{Check, Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::{getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::fork_return_data::{Failure, results_as_they_end};

#[path = "edges.rs"]
mod edges;
#[path = "fork_return_data/files.rs"]
mod files;
#[path = "tools.rs"]
mod tools;
use edges::{end_like, refuse_a_fork_amid_others, refuse_forks, told_of_ends};
use files::{
    a_disk_may_be_full, a_file_that_cannot_be_read, a_file_that_is_there_already,
    an_ended_child_of_the_caller_has_no_result, other_files_stay, remove_all_files,
    the_folder_may_have_any_name, work_finds_what_the_caller_had, work_may_call_your_function_too,
};
use tools::{
    Gate, LITTLE, Marks, Stop, die, panic_on_purpose, says_interrupted, slow_work,
    wait_for_what_is_left,
};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    let checks = [
        check!(a_result_arrives_when_its_child_ends)
            .if_it_hangs(
                "Child 0 waits until you have received the result of child 1, and child 1 waits for the result of\n\
                 child 2. Fork all of them, and then wait for any child, not for a particular one.",
            )
            .forks(3).see("waitpid.md#any-child"),
        check!(a_file_is_named_after_parent_and_child).forks(2).see("marshalling.md#files"),
        check!(the_folder_may_have_any_name).forks(1 + 2 + 1).see("marshalling.md#files"),
        check!(a_child_that_dies_has_a_failure).forks(4).see("waitpid.md#the-status-word"),
        check!(a_status_above_128_is_not_a_signal).forks(4).see("waitpid.md#the-status-word"),
        check!(a_file_counts_only_with_status_0).forks(4).see("marshalling.md#damaged-data"),
        check!(a_result_that_cannot_be_written).forks(2).see("marshalling.md#json"),
        check!(no_children_give_no_results).forks(0),
        check!(a_whole_file_counts_only_with_status_0).see("waitpid.md#the-status-word"),
        check!(a_child_may_die_at_any_moment)
            .within(Duration::from_secs(8))
            .see("marshalling.md#damaged-data"),
        check!(a_letter_may_be_cut_in_two).see("marshalling.md#damaged-data"),
        check!(a_result_may_have_any_size).forks(2 + 1 + 1).see("marshalling.md#files"),
        check!(a_file_that_is_there_already).forks(2).see("marshalling.md#files"),
        check!(a_file_that_cannot_be_read).forks(2 + 2).see("marshalling.md#files"),
        check!(a_disk_may_be_full).see("marshalling.md#files"),
        check!(a_call_may_transfer_a_part)
            .plant(Call::Write.every().in_children().on_files().short(1000))
            .plant(Call::Read.every().in_parent().on_files().short(700))
            .forks(2)
            .see("marshalling.md#files"),
        check!(a_signal_interrupts_every_call)
            .plant(Call::Wait.two_of_three().in_parent().interrupted())
            .plant(Call::Read.two_of_three().in_parent().on_files().interrupted())
            .plant(Call::Write.two_of_three().in_children().on_files().interrupted())
            .forks(2)
            .see("waitpid.md#eintr"),
        check!(other_files_stay).forks(2),
        check!(a_stop_is_not_an_end).forks(2).see("waitpid.md#stopped-is-not-ended"),
        check!(three_hundred_children).forks(300).at_most(320).within(Duration::from_secs(15)),
        check!(a_second_call_is_like_the_first).forks(3 + 2),
        check!(the_parent_sleeps_while_it_waits)
            .forks(2)
            .uses_at_most(LITTLE)
            .see("waitpid.md#without-blocking"),
        check!(a_child_of_the_caller_has_no_result)
            .forks(2)
            .see("waitpid.md#one-child-or-any"),
        check!(an_ended_child_of_the_caller_has_no_result)
            .forks(1 + 2)
            .see("waitpid.md#one-child-or-any"),
        check!(a_fork_that_fails_is_an_error)
            .fork_fails(3)
            .forks(2)
            .see("many-forks.md#a-fork-that-fails"),
        check!(a_wait_that_fails_is_an_error).if_it_hangs("Every wait failed with ECHILD: there is no child to wait for. Repeat a wait after EINTR only.").see("waitpid.md#eintr"),
        check!(work_finds_what_the_caller_had).forks(2).see("fork-basics.md#two-memories"),
        check!(work_may_call_your_function_too).forks(1 + 2 + 4).see("marshalling.md#files"),
        check!(whichever_fork_fails).see("many-forks.md#a-fork-that-fails"),
        check!(a_fork_that_fails_amid_others).see("many-forks.md#a-fork-that-fails"),
        check!(in_whatever_order_they_end)
            .in_every_order()
            .with_any_child_killed()
            .see("waitpid.md#any-child"),
    ];
    Suite::new("fork_return_data", checks.map(Check::in_empty_folder))
}

/// The numbers and results that `receive` was called with.
type Received<T> = Vec<(usize, Result<T, Failure>)>;

/// Calls your function in the current folder: the received results, in order, and an error that can
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

/// Child 1 does not end before the result of child 2 has been received, and child 0 does not end
/// before the result of child 1 has been received. A function that waits for child 0 first, or for all
/// of them, waits for ever.
fn a_result_arrives_when_its_child_ends() {
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
    assert_eq!(received, [(2, Ok(20)), (1, Ok(10)), (0, Ok(0))], "the received results, in order");
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
}

/// When the first of two results arrives, the check waits until the other child has ended too, and
/// then looks into the folder.
fn a_file_is_named_after_parent_and_child() {
    look_for_the_file_in(Path::new("."));
}

#[track_caller]
fn look_for_the_file_in(folder: &Path) {
    // This pipe ends when both children, which inherit its write end, have ended.
    let (mut end_of_children, writer) = pipe().expect("a pipe for the check");
    let mut writer = Some(writer);
    let (mut received, mut files) = (Vec::new(), Vec::new());
    let outcome = results_as_they_end(
        folder,
        2,
        |_| process::id(),
        |_, result| {
            if writer.take().is_some() {
                let _ = end_of_children.read_to_end(&mut Vec::new());
                files = fs::read_dir(folder).into_iter().flatten().flatten().collect();
            }
            received.push(result);
        },
    );
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
    let [Ok(_), Ok(second)] = received[..] else {
        panic!("Each of two children returned its PID. Your function received {received:?}.");
    };
    let files: Vec<_> = files.iter().map(fs::DirEntry::file_name).collect();
    let wanted = format!("{}-{second}.json", process::id());
    assert_eq!(files, [&*wanted], "the files in the folder before child {second} was reaped");
}

/// One child exits, one is killed, one panics. The fourth completes its work, and its result counts.
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

/// Shells report a signal as a status above 128. A parent can tell them apart.
fn a_status_above_128_is_not_a_signal() {
    let (received, outcome) = run_and_sort(4, |index| -> u8 { end_like(index) });
    let wanted = told_of_ends(Failure::Exited, Failure::Killed);
    let wanted: Received<u8> = wanted.into_iter().map(Err).enumerate().collect();
    assert_eq!(received, wanted, "exit(137), exit(255), SIGTERM, SIGUSR1");
    assert_eq!(outcome, Ok(()));
}

/// Child 0 is killed when its file is complete. The others end with 0: one before it has written
/// anything, one after half its file, and one after its complete file.
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
    assert_eq!(
        received[..2.min(received.len())],
        wanted,
        "child 0 was killed after writing its file; child 1 exited without a file; your function\n\
         returned {outcome:?}"
    );
    let half = matches!(received.get(2), Some((2, Err(Failure::Damaged(_)))));
    assert!(
        half,
        "Child 2 ended with 0 and wrote half a file. Your function reported {:?}.",
        received.get(2)
    );
    assert_eq!(received.get(3), Some(&(3, Ok(vec![1, 2, 3]))), "child 3 wrote its list");
    assert_eq!(outcome, Ok(()));
}

/// In JSON, the keys of a map must be strings; and a folder may be missing. Only the child notices this,
/// and it can report it only by its exit status.
fn a_result_that_cannot_be_written() {
    let (received, _) = run(1, |_| BTreeMap::from([((1, 2), 3)]));
    assert_eq!(received, [(0, Err(Failure::Exited(1)))], "a map that JSON cannot hold");

    let mut received = Vec::new();
    let receive = |index, result: Result<i32, Failure>| received.push((index, result));
    let outcome = results_as_they_end(Path::new("missing"), 1, |_| 5, receive);
    assert_eq!(received, [(0, Err(Failure::Exited(1)))], "a folder that does not exist");
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
}

/// Without children, nothing is forked.
fn no_children_give_no_results() {
    assert_eq!(run(0, |_| 1), (vec![], Ok(())));
}

/// `run`, and sorted by the children's numbers.
fn run_and_sort<T: Serialize + DeserializeOwned + 'static>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> (Received<T>, Result<(), String>) {
    let (mut received, outcome) = run(count, work);
    received.sort_by_key(|(index, _)| *index);
    (received, outcome)
}

/// The file is complete, but then the child ends with status 3, or it is killed. So something went
/// wrong in it after all.
fn a_whole_file_counts_only_with_status_0() {
    let exit = plant(Call::Exit.nth(1).in_child(0).exits(3));
    let got = run_and_sort(2, |index| index);
    drop(exit);
    let wanted = vec![(0, Err(Failure::Exited(3))), (1, Ok(1))];
    assert_eq!(got, (wanted, Ok(())), "child 0 ended with status 3");

    let killed = plant(Call::Exit.nth(1).in_child(0).killed_by(Signal::SIGKILL));
    let got = run_and_sort(2, |index| index);
    drop(killed);
    let wanted = vec![(0, Err(Failure::Killed(Signal::SIGKILL))), (1, Ok(1))];
    assert_eq!(got, (wanted, Ok(())), "a signal ended child 0 at its exit");
}

/// Child 1 is killed at its first system call, then at its second, and so on.
fn a_child_may_die_at_any_moment() {
    for call in 1..100 {
        let killed = plant(Call::Any.nth(call).in_child(1).killed_by(Signal::SIGKILL));
        let got = run_and_sort(3, |index| index);
        if !killed.happened() {
            break; // it makes fewer calls
        }
        let wanted = vec![(0, Ok(0)), (1, Err(Failure::Killed(Signal::SIGKILL))), (2, Ok(2))];
        assert_eq!(got, (wanted, Ok(())), "child 1 was killed at its call {call}");
    }
}

/// Three letters of two bytes each. Child 0 dies during one of its first writes, after any number of
/// bytes.
fn a_letter_may_be_cut_in_two() {
    for (write, bytes) in (1..=3).flat_map(|write| (0..9).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_files().torn_after(bytes));
        let got = run_and_sort(2, |index| ["ééé", "fine"][index].to_owned());
        if torn.happened() {
            let failure = Failure::Killed(Signal::SIGKILL);
            let wanted = vec![(0, Err(failure)), (1, Ok("fine".to_owned()))];
            assert_eq!(
                got,
                (wanted, Ok(())),
                "child 0 was killed in its write {write} (bytes written: {bytes})"
            );
        }
    }
}

/// A result that takes no memory, an empty one, and one that is larger than most buffers.
fn a_result_may_have_any_size() {
    let got = run_and_sort(2, |_| ());
    assert_eq!(got, (vec![(0, Ok(())), (1, Ok(()))], Ok(())), "two children returned ()");
    let got = run(1, |_| String::new());
    assert_eq!(got, (vec![(0, Ok(String::new()))], Ok(())), "a child returned an empty string");
    let (received, _) = run(1, |_| "x".repeat(300_000));
    let lengths = received.into_iter().map(|(_, result)| result.map(|text| text.len()));
    assert_eq!(lengths.collect::<Vec<_>>(), [Ok(300_000)], "the length of a child's string");
}

/// A read or write may transfer only some of the bytes; it returns how many.
fn a_call_may_transfer_a_part() {
    let (received, _) = run_and_sort(2, |index| "x".repeat(5000 + index));
    let lengths = received.into_iter().map(|(_, result)| result.map(|text| text.len()));
    let lengths: Vec<Result<usize, Failure>> = lengths.collect();
    assert_eq!(lengths, [Ok(5000), Ok(5001)], "the lengths of results that arrived in parts");
}

/// A signal handler ran, and the call fails with EINTR. No child has ended, so repeat the call.
fn a_signal_interrupts_every_call() {
    let mut received = Vec::new();
    let receive = |index, result: Result<usize, Failure>| received.push((index, result));
    let outcome = results_as_they_end(Path::new("."), 2, |index| index, receive);
    if says_interrupted(outcome.as_ref().err().and_then(io::Error::raw_os_error)) {
        remove_all_files();
        return;
    }
    received.sort_by_key(|(index, _)| *index);
    assert_eq!(received, [(0, Ok(0)), (1, Ok(1))], "two of three calls failed with EINTR");
}

/// Child 0 stops for a while, as by Ctrl-Z, and continues. It has not ended yet.
fn a_stop_is_not_an_end() {
    let stop = Stop::new();
    let got = run_and_sort(2, |index| {
        if index == 0 {
            stop.here();
        }
        index
    });
    wait_for_what_is_left();
    let wanted = (vec![(0, Ok(0)), (1, Ok(1))], Ok(()));
    assert_eq!(got, wanted, "child 0 was stopped, then continued");
}

/// More children than a list of fixed size may hold, and more than a byte can count.
fn three_hundred_children() {
    let got = run_and_sort(300, |index| index);
    assert_eq!(got, ((0..300).map(|index| (index, Ok(index))).collect(), Ok(())));
}

/// The first call leaves nothing behind that affects the second.
fn a_second_call_is_like_the_first() {
    let got = run_and_sort(3, |index| index);
    assert_eq!(got, (vec![(0, Ok(0)), (1, Ok(1)), (2, Ok(2))], Ok(())), "three children");
    let got = run_and_sort(2, |index| index + 5);
    assert_eq!(got, (vec![(0, Ok(5)), (1, Ok(6))], Ok(())), "a second call, with two");
}

/// The parent has nothing to do except wait.
fn the_parent_sleeps_while_it_waits() {
    let got = run_and_sort(2, |index| {
        slow_work(200);
        index
    });
    assert_eq!(got, (vec![(0, Ok(0)), (1, Ok(1))], Ok(())), "each child took 0.2 s");
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_has_no_result() {
    let _stranger = Stranger::alive();
    let got = run_and_sort(2, |index| index);
    assert_eq!(got, (vec![(0, Ok(0)), (1, Ok(1))], Ok(())));
}

/// Two forks succeed, and the third fails. Neither the two children nor their files may be left: the
/// children finish their work, and their results are received.
fn a_fork_that_fails_is_an_error() {
    let (marks, mut received) = (Marks::new(), Vec::new());
    let work = |index| {
        marks.work();
        index
    };
    let receive = |index, result| received.push((index, result));
    let outcome = results_as_they_end(Path::new("."), 4, work, receive);
    let kind = outcome.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::WouldBlock), "the third fork failed with EAGAIN");
    marks.are_left_by(2);
    received.sort_by_key(|(index, _)| *index);
    assert_eq!(received, [(0, Ok(0)), (1, Ok(1))], "the results of the two children");
}

/// The first, second or third fork fails, for want of processes or of memory.
fn whichever_fork_fails() {
    refuse_forks(|| {
        let receive = |_, _: Result<usize, Failure>| ();
        let outcome = results_as_they_end(Path::new("."), 3, |index| index, receive);
        outcome.map_err(|error| error.raw_os_error())
    });
}

/// Every wait fails, as it does if the children were waited for elsewhere. To wait again would be of no use.
fn a_wait_that_fails_is_an_error() {
    let failed = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let (received, outcome) = run(2, |index| index);
    drop(failed);
    wait_for_what_is_left();
    remove_all_files();
    let no_result = received.iter().all(|(_, result)| result.is_err());
    assert!(
        no_result && (outcome.is_err() || received.len() == 2),
        "Every wait failed with ECHILD, so your function cannot know how the children ended.\n\
         got:    {received:?}, then {outcome:?}"
    );
}

/// The third fork fails, the waits for the children before it are interrupted, and other children of the caller
/// are there.
fn a_fork_that_fails_amid_others() {
    refuse_a_fork_amid_others(|| {
        let result = results_as_they_end(
            Path::new("."),
            4,
            |index| index,
            |_, _: Result<usize, Failure>| (),
        );
        result.map_err(|error| error.raw_os_error())
    });
    remove_all_files();
}

/// Two children, in every order of their steps and those of your function. One of them may be killed
/// between any two of its steps.
fn in_whatever_order_they_end() {
    let got = run_and_sort(2, |index| index + 10);
    let killed = |(index, result): &(usize, Result<usize, Failure>)| match result {
        Err(Failure::Killed(Signal::SIGKILL)) => Some(*index),
        _ => None,
    };
    let mut wanted = vec![(0, Ok(10)), (1, Ok(11))];
    if let Some(index) = got.0.iter().find_map(killed) {
        wanted[index].1 = Err(Failure::Killed(Signal::SIGKILL));
    }
    assert_eq!(got, (wanted, Ok(())), "child n returned n + 10");
    let left: Vec<_> = fs::read_dir(".").into_iter().flatten().flatten().collect();
    let left: Vec<_> = left.iter().map(fs::DirEntry::file_name).collect();
    assert_eq!(left, [""; 0], "the files that are left");
}
