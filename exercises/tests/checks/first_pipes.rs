//! What your functions in `first_pipes` must do, step by step.

use std::cell::Cell;
use std::fmt::Debug;
use std::io::{self, ErrorKind};

use grader::plant::{Call, Rule, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::answers::first_pipes::{ask_child, number_from_child, text_from_child};

#[path = "tools.rs"]
mod tools;
use tools::{Inherited, a_failed_wait_is, count, die, no_memory_for_fork, refuse_what_connects};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "first_pipes",
        [
            check!(step_1_the_number_of_a_child).forks(3).see("pipes.md#the-program"),
            check!(step_1_the_work_is_done_in_the_child)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_1_a_child_that_sends_nothing_is_an_error)
                .forks(1)
                .see("pipes.md#who-holds-the-write-end"),
            check!(step_1_half_a_number_is_an_error).see("pipes.md#one-write-is-not-one-read"),
            check!(step_1_a_number_may_come_in_pieces)
                .plant(Call::Read.every().in_parent().on_pipes().short(3))
                .plant(Call::Write.every().in_children().on_pipes().short(5))
                .forks(1)
                .see("pipes.md#one-write-is-not-one-read"),
            check!(step_1_work_finds_what_the_caller_had)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_1_another_child_is_left_alone).forks(2).see("waitpid.md#any-child"),
            check!(step_1_a_read_that_fails_is_an_error).see("waitpid.md#a-zombie-has-a-parent"),
            check!(step_1_a_wait_that_fails_is_an_error).forks(1),
            check!(step_1_a_pipe_that_cannot_be_made_is_an_error),
            check!(step_1_a_fork_that_fails_is_an_error)
                .fork_fails(1)
                .forks(0)
                .see("fork-basics.md#a-fork-that-fails"),
            check!(step_2_the_text_of_a_child).forks(6).see("pipes.md#who-holds-the-write-end"),
            check!(step_2_a_text_may_come_in_pieces)
                .plant(Call::Read.every().in_parent().on_pipes().short(3))
                .forks(1)
                .see("pipes.md#one-write-is-not-one-read"),
            check!(step_2_a_text_larger_than_a_pipe_holds)
                .forks(1)
                .see("pipes.md#wait-before-read"),
            check!(step_2_a_write_may_take_less_than_was_asked)
                .plant(Call::Write.every().in_children().on_pipes().short(1000))
                .forks(1)
                .see("pipes.md#capacity"),
            check!(step_2_the_work_is_done_in_the_child)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_2_work_finds_what_the_caller_had)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_2_another_child_is_left_alone).forks(2).see("waitpid.md#any-child"),
            check!(step_2_a_read_that_fails_is_an_error).see("waitpid.md#a-zombie-has-a-parent"),
            check!(step_2_a_wait_that_fails_is_an_error).forks(1),
            check!(step_2_a_pipe_that_cannot_be_made_is_an_error),
            check!(step_2_a_fork_that_fails_is_an_error)
                .fork_fails(1)
                .forks(0)
                .see("fork-basics.md#a-fork-that-fails"),
            check!(step_3_a_question_and_its_answer).forks(4).see("pipes.md#both-ways"),
            check!(step_3_the_answer_is_made_in_the_child)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_3_a_question_may_come_in_pieces)
                .plant(Call::Read.every().on_pipes().short(3))
                .plant(Call::Write.every().on_pipes().short(5))
                .forks(1)
                .see("pipes.md#one-write-is-not-one-read"),
            check!(step_3_both_texts_are_large).forks(1).see("pipes.md#both-sides-write"),
            check!(step_3_answer_finds_what_the_caller_had)
                .forks(1)
                .see("fork-basics.md#two-memories"),
            check!(step_3_another_child_is_left_alone).forks(2).see("waitpid.md#any-child"),
            check!(step_3_a_child_that_reads_nothing_is_an_error)
                .forks(1)
                .see("waitpid.md#a-zombie-has-a-parent"),
            check!(step_3_a_read_that_fails_is_an_error).see("waitpid.md#a-zombie-has-a-parent"),
            check!(step_3_a_wait_that_fails_is_an_error).forks(1),
            check!(step_3_sockets_that_cannot_be_made_are_an_error),
            check!(step_3_a_fork_that_fails_is_an_error)
                .fork_fails(1)
                .forks(0)
                .see("fork-basics.md#a-fork-that-fails"),
        ],
    )
}

/// An exit status has eight bits, and these numbers have more.
fn step_1_the_number_of_a_child() {
    for number in [7, 300, u64::MAX - 1] {
        let got = number_from_child(|| number).map_err(|error| error.kind());
        assert_eq!(got, Ok(number), "the work returned {number}");
    }
}

/// What the child changes, it changes in its own memory.
fn step_1_the_work_is_done_in_the_child() {
    let calls = Cell::new(0);
    let number = number_from_child(|| {
        calls.set(calls.get() + 1);
        calls.get()
    });
    let number = number.map_err(|error| error.kind());
    assert_eq!(number, Ok(1), "the child added 1 to a variable that was 0");
    assert_eq!(calls.get(), 0, "the same variable in the parent, where no process has changed it");
}

/// SIGKILL ends the child before it writes. The pipe is at its end then, if you have no write end open.
fn step_1_a_child_that_sends_nothing_is_an_error() {
    let number = number_from_child(|| die());
    assert!(number.is_err(), "SIGKILL ended the child before it sent a number\ngot:    {number:?}");
}

/// SIGKILL ends the child in one of its first writes, after each number of bytes. Part of the number
/// has arrived by then, and its digits are a number too.
fn step_1_half_a_number_is_an_error() {
    const LARGE: u64 = 12_345_678_901_234_567_890;
    for (write, bytes) in (1..=2).flat_map(|write| (0..21).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let number = number_from_child(|| LARGE);
        if torn.happened() {
            // The last bytes may have no meaning, such as a newline; then the number is complete.
            let right = number.as_ref().map_or(true, |number| *number == LARGE);
            let bytes = count(bytes, "byte", "bytes");
            let what = format!("the child was killed in its write {write}, after {bytes}");
            assert!(right, "{what}; its number was {LARGE}\ngot:    {number:?}");
        }
    }
}

/// A read gives 3 bytes at most, and a write takes 5.
fn step_1_a_number_may_come_in_pieces() {
    let number = number_from_child(|| u64::MAX - 1).map_err(|error| error.kind());
    assert_eq!(number, Ok(u64::MAX - 1), "each read gave 3 bytes at most, each write took 5");
}

/// The child is a copy of the caller.
fn step_1_work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let number = number_from_child(|| {
        inherited.look();
        7
    });
    inherited.assert_all();
    assert_eq!(number.map_err(|error| error.kind()), Ok(7), "the work returned 7");
}

/// The caller has another child, which has ended; then one that continues to run.
fn step_1_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let number = number_from_child(|| 7).map_err(|error| error.kind());
        assert_eq!(number, Ok(7), "the work returned 7");
    }
}

/// A fault in the parent: the call fails with EIO, and so does the function. The child was reaped.
#[track_caller]
fn fails_with_eio<R: Debug + PartialEq>(rule: Rule, run: impl FnOnce() -> io::Result<R>) {
    let failing = plant(rule);
    let result = run().map_err(|error| error.raw_os_error());
    if failing.happened() {
        assert_eq!(result, Err(Some(libc::EIO)), "a call of the parent failed with EIO");
    }
}

/// The first read fails, then the second, if there is one.
fn step_1_a_read_that_fails_is_an_error() {
    for read in 1..=2 {
        let rule = Call::Read.nth(read).in_parent().on_pipes().fails(Errno::EIO);
        fails_with_eio(rule, || number_from_child(|| 7));
    }
}

#[track_caller]
fn a_failed_wait<R: Debug + PartialEq>(run: impl FnOnce() -> io::Result<R>) {
    let run = || run().map_err(|error| error.raw_os_error());
    a_failed_wait_is(Some(libc::ECHILD), "the wait", run);
}

/// The number has arrived. Nevertheless the error is returned.
fn step_1_a_wait_that_fails_is_an_error() {
    a_failed_wait(|| number_from_child(|| 7));
}

/// Too many descriptors are open: EMFILE.
fn step_1_a_pipe_that_cannot_be_made_is_an_error() {
    refuse_what_connects(|| number_from_child(|| 7));
}

/// When there are too many processes, fork fails with EAGAIN. No descriptor stays open then either.
fn step_1_a_fork_that_fails_is_an_error() {
    let number = number_from_child(|| 7).map_err(|error| error.kind());
    assert_eq!(number, Err(ErrorKind::WouldBlock), "the fork failed with EAGAIN");
    no_memory_beside_others(|| number_from_child(|| 7));
}

/// There is no memory for the fork: ENOMEM. There is no child to wait for then, and the caller's own ones, of which
/// one has ended, are left alone.
#[track_caller]
fn no_memory_beside_others<R: Debug + PartialEq>(run: impl Fn() -> io::Result<R>) {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let _refused = no_memory_for_fork(1);
        let result = run().map_err(|error| error.kind());
        assert_eq!(result, Err(ErrorKind::OutOfMemory), "the fork failed with ENOMEM");
    }
}

/// Also an empty text, and one of several lines.
fn step_2_the_text_of_a_child() {
    for text in ["hello", "", "two\nlines\n", "\n", " a\0b\0", "\u{feff}\r\n"] {
        let got = text_from_child(|| text.to_owned()).map_err(|error| error.kind());
        assert_eq!(got.as_deref(), Ok(text), "the text that the work returned");
    }
}

/// A read brings what there is, here 3 bytes at most. Some of these letters have two bytes.
fn step_2_a_text_may_come_in_pieces() {
    let text = "ééé, déjà vu";
    let got = text_from_child(|| text.to_owned()).map_err(|error| error.kind());
    assert_eq!(got.as_deref(), Ok(text), "each read gave 3 bytes at most");
}

/// By default, a pipe holds 64 KiB on Linux. The child cannot end before the parent has read the
/// rest.
fn step_2_a_text_larger_than_a_pipe_holds() {
    let length = text_from_child(|| "x".repeat(1 << 20)).map(|text| text.len());
    let length = length.map_err(|error| error.kind());
    assert_eq!(length, Ok(1 << 20), "the length of the text");
}

/// What a write returns says how much it took.
fn step_2_a_write_may_take_less_than_was_asked() {
    let length = text_from_child(|| "x".repeat(5000)).map(|text| text.len());
    let length = length.map_err(|error| error.kind());
    assert_eq!(length, Ok(5000), "the length of the text; each write took 1000 bytes at most");
}

/// What the child changes, it changes in its own memory.
fn step_2_the_work_is_done_in_the_child() {
    let calls = Cell::new(0);
    let text = text_from_child(|| {
        calls.set(calls.get() + 1);
        "hello".to_owned()
    });
    assert_eq!(text.map_err(|error| error.kind()).as_deref(), Ok("hello"), "the text");
    assert_eq!(calls.get(), 0, "how often the work was done in the parent");
}

/// The caller has another child, which has ended; then one that continues to run.
fn step_2_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let text = text_from_child(|| "hello".to_owned()).map_err(|error| error.kind());
        assert_eq!(text.as_deref(), Ok("hello"), "the text");
    }
}

/// As in step 1.
fn step_2_work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let text = text_from_child(|| {
        inherited.look();
        "hello".to_owned()
    });
    inherited.assert_all();
    assert_eq!(text.map_err(|error| error.kind()).as_deref(), Ok("hello"), "the text");
}

/// One of the first reads fails.
fn step_2_a_read_that_fails_is_an_error() {
    for read in 1..=3 {
        let rule = Call::Read.nth(read).in_parent().on_pipes().fails(Errno::EIO);
        fails_with_eio(rule, || text_from_child(|| "x".repeat(5000)).map(|text| text.len()));
    }
}

/// As in step 1.
fn step_2_a_wait_that_fails_is_an_error() {
    a_failed_wait(|| text_from_child(|| "hello".to_owned()));
}

/// Too many descriptors are open: EMFILE.
fn step_2_a_pipe_that_cannot_be_made_is_an_error() {
    refuse_what_connects(|| text_from_child(|| "hello".to_owned()));
}

/// As in step 1.
fn step_2_a_fork_that_fails_is_an_error() {
    let text = text_from_child(|| "hello".to_owned()).map_err(|error| error.kind());
    assert_eq!(text, Err(ErrorKind::WouldBlock), "the fork failed with EAGAIN");
    no_memory_beside_others(|| text_from_child(|| "hello".to_owned()));
}

/// Either of the two may be empty.
fn step_3_a_question_and_its_answer() {
    let with_zeroes = ("a\0b\n", "<a\0b\n> \n");
    for (question, wanted) in [("abc", "<abc> \n"), ("", "<> \n"), ("nothing", ""), with_zeroes] {
        let answer = |text: &str| match text {
            "nothing" => String::new(),
            _ => format!("<{text}> \n"),
        };
        let got = ask_child(question, answer).map_err(|error| error.kind());
        assert_eq!(got.as_deref(), Ok(wanted), "the answer to {question:?}");
    }
}

/// What the child changes, it changes in its own memory.
fn step_3_the_answer_is_made_in_the_child() {
    let calls = Cell::new(0);
    let answer = ask_child("?", |_| {
        calls.set(calls.get() + 1);
        "!".to_owned()
    });
    assert_eq!(answer.map_err(|error| error.kind()).as_deref(), Ok("!"), "the answer to \"?\"");
    assert_eq!(calls.get(), 0, "how often `answer` was called in the parent");
}

/// As in step 1.
fn step_3_answer_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    let answer = ask_child("?", |_| {
        inherited.look();
        "!".to_owned()
    });
    inherited.assert_all();
    assert_eq!(answer.map_err(|error| error.kind()).as_deref(), Ok("!"), "the answer to \"?\"");
}

/// A read or a write transfers a part of what it is asked for.
fn step_3_a_question_may_come_in_pieces() {
    let got = ask_child("ééé", |text| format!("{text}? déjà vu!"));
    let got = got.map_err(|error| error.kind());
    let wanted = Ok("ééé? déjà vu!");
    assert_eq!(got.as_deref(), wanted, "each read gave 3 bytes at most, each write took 5");
}

/// The child reads the whole question before it writes, so neither waits for the other one's reading.
fn step_3_both_texts_are_large() {
    let length = ask_child(&"x".repeat(1 << 20), |text| text.repeat(2)).map(|text| text.len());
    let length = length.map_err(|error| error.kind());
    assert_eq!(length, Ok(2 << 20), "the length of the answer, which repeats the question twice");
}

/// The caller has another child, which has ended; then one that continues to run.
fn step_3_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let answer = ask_child("?", |_| "!".to_owned()).map_err(|error| error.kind());
        assert_eq!(answer.as_deref(), Ok("!"), "the answer to \"?\"");
    }
}

/// SIGKILL ends the child at its first read. The question is larger than the sockets hold.
fn step_3_a_child_that_reads_nothing_is_an_error() {
    let killed = plant(Call::Read.nth(1).in_child(0).on_pipes().killed_by(Signal::SIGKILL));
    let answer = ask_child(&"x".repeat(1 << 20), |_| "!".to_owned());
    let right = answer.is_err() || !killed.happened();
    assert!(right, "SIGKILL ended the child before it read the question\ngot:    {answer:?}");
}

/// One of the parent's first reads fails.
fn step_3_a_read_that_fails_is_an_error() {
    for read in 1..=3 {
        let rule = Call::Read.nth(read).in_parent().on_pipes().fails(Errno::EIO);
        fails_with_eio(rule, || ask_child("?", str::to_owned));
    }
}

/// As in step 1.
fn step_3_a_wait_that_fails_is_an_error() {
    a_failed_wait(|| ask_child("?", |_| "!".to_owned()));
}

/// Too many descriptors are open: EMFILE.
fn step_3_sockets_that_cannot_be_made_are_an_error() {
    refuse_what_connects(|| ask_child("?", |_| "!".to_owned()));
}

/// As in step 1.
fn step_3_a_fork_that_fails_is_an_error() {
    let answer = ask_child("?", |_| "!".to_owned()).map_err(|error| error.kind());
    assert_eq!(answer, Err(ErrorKind::WouldBlock), "the fork failed with EAGAIN");
    no_memory_beside_others(|| ask_child("?", |_| "!".to_owned()));
}
