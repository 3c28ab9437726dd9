//! What your `run_pipeline` must do.

use std::os::fd::BorrowedFd;

use grader::plant::Call;
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

use super::answers::pipeline::run_pipeline;

#[path = "tools.rs"]
mod tools;
use tools::{says_interrupted, wait_for_what_is_left};

const OPEN_END: &str = "A program reads until end-of-file, which does not come while any process holds the write end of\n\
     its pipe. Which process still holds it: the parent, or a neighbour in the pipeline?";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "pipeline",
        [
            check!(one_program).forks(1).see("exec.md#the-program"),
            check!(the_output_of_one_is_the_input_of_the_next)
                .forks(3)
                .prints("A\nB\n")
                .if_it_hangs(OPEN_END)
                .see("exec.md#kept-open"),
            check!(an_argument_is_one_word_whatever_is_in_it).forks(1).prints("a  | b;$HOME\n"),
            check!(each_status_in_the_order_of_the_commands)
                .forks(3)
                .if_it_hangs(OPEN_END)
                .see("waitpid.md#signals"),
            check!(a_mebibyte_passes)
                .forks(3)
                .prints("1048576\n")
                .if_it_hangs(
                    "The first program writes more than a pipe holds, so it cannot end before the others read. Do\n\
                     you start all of them before you wait for one?",
                )
                .see("pipes.md#wait-before-read"),
            check!(yes_ends_when_head_has_its_line)
                .forks(2)
                .prints("y\n")
                .if_it_hangs(
                    "`yes` ends when no process holds the read end of its pipe any more. Which process still holds\n\
                     it?",
                )
                .see("exec.md#sigpipe"),
            check!(a_missing_program_leaves_127)
                .forks(4)
                .prints("still here\n")
                .see("exec.md#exec-fails"),
            check!(a_program_has_no_end_of_another_pipe)
                .forks(4)
                .prints("")
                .if_it_hangs(OPEN_END)
                .see("exec.md#kept-open"),
            check!(a_stop_is_not_an_end).see("waitpid.md#stopped-is-not-ended"),
            check!(no_signal_is_blocked_in_a_program)
                .forks(2)
                .prints("")
                .see("exec.md#signals"),
            check!(a_child_of_the_caller_is_no_program).see("waitpid.md#any-child"),
            check!(no_commands_at_all).forks(0).prints(""),
            check!(a_second_call_is_like_the_first).forks(2 + 2).prints("1\n2\n"),
            check!(a_signal_interrupts_every_wait)
                .plant(Call::Wait.odd().in_parent().interrupted())
                .see("waitpid.md#eintr"),
            check!(when_a_fork_fails_the_others_finish)
                .forks(1)
                .fork_fails(2)
                .if_it_hangs(
                    "`yes` was started, and the next fork failed. `yes` ends when no process holds the read end of\n\
                     its pipe any more, so close the read end before you wait.",
                )
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_pipe_that_cannot_be_created_is_an_error).see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

/// How the commands ended: an exit status, or the negative number of a signal.
fn run(commands: &[&[&str]]) -> nix::Result<Vec<i32>> {
    in_numbers(run_pipeline(commands))
}

fn in_numbers(ended: nix::Result<Vec<WaitStatus>>) -> nix::Result<Vec<i32>> {
    let word = |status| match status {
        WaitStatus::Exited(_, status) => status,
        WaitStatus::Signaled(_, signal, _) => -(signal as i32),
        other => panic!("{other:?} is not an end"),
    };
    Ok(ended?.into_iter().map(word).collect())
}

fn one_program() {
    assert_eq!(run(&[&["sh", "-c", "exit 3"]]), Ok(vec![3]), "sh -c 'exit 3'");
}

/// Each program reads until end-of-file, which comes when no process holds the write end any more.
fn the_output_of_one_is_the_input_of_the_next() {
    let commands: &[&[&str]] = &[&["printf", "b\\na\\n"], &["sort"], &["tr", "a-z", "A-Z"]];
    assert_eq!(run(commands), Ok(vec![0; 3]), "printf | sort | tr");
}

/// No shell interprets the words, so they contain no special characters.
fn an_argument_is_one_word_whatever_is_in_it() {
    let commands: &[&[&str]] = &[&["printf", "%s\\n", "a  | b;$HOME"]];
    assert_eq!(
        run(commands),
        Ok(vec![0]),
        "printf with an argument that contains spaces and special characters"
    );
}

/// The first program ends last, but its status is the first in the result nevertheless.
fn each_status_in_the_order_of_the_commands() {
    let commands: &[&[&str]] =
        &[&["sleep", "0.5"], &["sh", "-c", "kill -s KILL $$"], &["sh", "-c", "exit 2"]];
    let wanted = vec![0, -(Signal::SIGKILL as i32), 2];
    assert_eq!(run(commands), Ok(wanted), "status 0 | ended by SIGKILL (here: -9) | status 2");
}

/// By default, a pipe holds 64 KiB.
fn a_mebibyte_passes() {
    let commands: &[&[&str]] = &[&["head", "-c", "1048576", "/dev/zero"], &["cat"], &["wc", "-c"]];
    assert_eq!(run(commands), Ok(vec![0; 3]), "head | cat | wc");
}

/// A shell leaves SIGPIPE at its default action, so the signal ends `yes`.
fn yes_ends_when_head_has_its_line() {
    let sigpipe = -(Signal::SIGPIPE as i32);
    let ended = run(&[&["yes"], &["head", "-n", "1"]]);
    assert_eq!(ended, Ok(vec![sigpipe, 0]), "yes | head -n 1; SIGPIPE ends yes (here: -13)");
}

/// The other programs run: the next one reads an empty file.
fn a_missing_program_leaves_127() {
    let last: &[&str] = &["sh", "-c", "read line; echo still here"];
    let commands = &[&["true"], &["no-such-program"], &["/"], last];
    let wanted = "true | no-such-program | / | sh; a folder cannot be run";
    assert_eq!(run(commands), Ok(vec![0, 127, 127, 0]), "{wanted}");
}

/// Each program lists its descriptors above 2, except those that it inherits from this process.
fn a_program_has_no_end_of_another_pipe() {
    // SAFETY: the number is only asked about, and the kernel refuses one that is not open.
    let flags = |number| fcntl(unsafe { BorrowedFd::borrow_raw(number) }, FcntlArg::F_GETFD);
    let ours = |number: &i32| !matches!(flags(*number), Ok(flags) if flags & libc::FD_CLOEXEC == 0);
    let numbers: Vec<String> = (3..30).filter(ours).map(|number| number.to_string()).collect();
    let script = format!(
        "for n in {}; do [ -e /dev/fd/$n ] && echo $1 has $n; done; true",
        numbers.join(" ")
    );
    let look = |name| ["sh", "-c", &script, "sh", name];
    let look_and_copy = format!("{script}; exec cat");
    let copy = |name| ["sh", "-c", &look_and_copy, "sh", name];
    let ended = run(&[&look("first"), &copy("second"), &copy("third"), &copy("last")]);
    assert_eq!(ended, Ok(vec![0; 4]), "four programs that name their descriptors above 2");
}

/// The first program stops, and a process that it has started lets it go on after 0.1 s.
fn a_stop_is_not_an_end() {
    let stops = "(sleep 0.1; kill -s CONT $$) & kill -s STOP $$; wait; exit 3";
    let ended = run_pipeline(&[&["sh", "-c", stops], &["true"]]);
    wait_for_what_is_left();
    let ended = in_numbers(ended);
    assert_eq!(
        ended,
        Ok(vec![3, 0]),
        "a shell that stops, continues and exits with status 3, piped into true"
    );
}

/// Each program sends a signal to itself, which ends it unless the signal is blocked.
fn no_signal_is_blocked_in_a_program() {
    let [interrupt, terminate] =
        ["INT", "TERM"].map(|name| format!("kill -s {name} $$; echo {name}"));
    let ended = run(&[&["sh", "-c", &interrupt], &["sh", "-c", &terminate]]);
    let wanted = vec![-(Signal::SIGINT as i32), -(Signal::SIGTERM as i32)];
    assert_eq!(ended, Ok(wanted), "ended by SIGINT (here: -2) | ended by SIGTERM (here: -15)");
}

/// One lives as long as the check, and one has already ended.
fn a_child_of_the_caller_is_no_program() {
    let _strangers = [Stranger::alive(), Stranger::zombie()];
    assert_eq!(run(&[&["true"], &["false"]]), Ok(vec![0, 1]), "true | false");
}

fn no_commands_at_all() {
    assert_eq!(run(&[]), Ok(vec![]), "there were no commands");
}

/// The first call leaves nothing behind that affects the second.
fn a_second_call_is_like_the_first() {
    assert_eq!(run(&[&["echo", "1"], &["cat"]]), Ok(vec![0, 0]), "echo 1 | cat");
    assert_eq!(run(&[&["echo", "2"], &["cat"]]), Ok(vec![0, 0]), "a second call: echo 2 | cat");
}

/// A signal handler ran, and the wait fails with EINTR. No program has ended, so wait again.
fn a_signal_interrupts_every_wait() {
    let ended = run(&[&["true"], &["false"]]);
    if !says_interrupted(ended.as_ref().err().map(|error| *error as i32)) {
        assert_eq!(ended, Ok(vec![0, 1]), "true | false, and every other wait failed with EINTR");
    }
}

/// The first pipe, then the second one: too many descriptors are open. The programs that have been
/// started by then are waited for.
fn a_pipe_that_cannot_be_created_is_an_error() {
    tools::refuse_what_connects(|| {
        run(&[&["true"], &["true"], &["true"]]).map_err(std::io::Error::from)
    });
}

/// The second of two forks fails with EAGAIN. The first program writes until no process holds the read
/// end of its pipe any more.
fn when_a_fork_fails_the_others_finish() {
    let ended = run(&[&["yes"], &["head", "-n", "1"], &["cat"]]);
    assert_eq!(ended, Err(Errno::EAGAIN), "the second fork failed");
}
