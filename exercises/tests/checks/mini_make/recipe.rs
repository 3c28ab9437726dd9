//! Step 2: one recipe, and all that it prints.

use std::io::{Write, pipe};
use std::os::fd::{AsFd, BorrowedFd};

use grader::plant::{Call, plant};
use grader::{Check, Stranger, check};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::{dup, dup2_stdin};

use super::programs::{Signals, Surroundings};
use super::project::Project;
use super::run_recipe;
use super::tools::{
    LITTLE, STOP_FOR_A_WHILE, says_interrupted, the_first_waits_are_interrupted,
    wait_for_what_is_left,
};

pub(super) fn step_2() -> Vec<Check> {
    let checks = [
        check!(step_2_the_log_and_the_status).forks(2).see("exec.md#the-program"),
        check!(step_2_the_first_command_that_fails_ends_it).forks(1),
        check!(step_2_a_signal_is_no_exit_status).forks(1).see("waitpid.md#signals"),
        check!(step_2_a_mebibyte)
            .if_it_hangs(
                "The recipe prints more than a pipe holds. Read until end-of-file, and then wait\n\
                 for the child; or let it print into a file, which never fills up.",
            )
            .see("pipes.md#wait-before-read"),
        check!(step_2_any_bytes).forks(1),
        check!(step_2_standard_input_is_empty).see("exec.md#the-program"),
        check!(step_2_yes_ends_when_head_has_its_line).see("exec.md#sigpipe"),
        check!(step_2_a_recipe_that_is_too_long).see("exec.md#exec-fails"),
        check!(step_2_a_recipe_with_a_zero_byte).see("exec.md#exec-fails"),
        check!(step_2_a_recipe_has_three_descriptors).see("exec.md#kept-open"),
        check!(step_2_a_recipe_finds_the_signals_as_a_shell_leaves_them).see("exec.md#signals"),
        check!(step_2_a_recipe_finds_what_the_caller_had).see("exec.md#kept-open"),
        check!(step_2_a_stop_is_not_an_end).see("waitpid.md#stopped-is-not-ended"),
        check!(step_2_the_parent_sleeps_while_it_waits).uses_at_most(LITTLE),
        check!(step_2_a_child_of_the_caller_is_left_alone).see("waitpid.md#any-child"),
        check!(step_2_a_call_may_do_a_part).plant(Call::Read.every().in_parent().short(3)),
        check!(step_2_a_signal_interrupts_every_wait).see("waitpid.md#eintr"),
        check!(step_2_a_signal_interrupts_other_calls)
            .plant(Call::Read.odd().in_parent().interrupted())
            .plant(Call::Poll.odd().in_parent().interrupted())
            .see("waitpid.md#eintr"),
        check!(step_2_what_cannot_be_had_is_an_error).see("many-forks.md#a-fork-that-fails"),
    ];
    checks.into_iter().map(|check| check.prints("")).collect()
}

/// Exit status, or number of a signal below zero; and the log.
#[track_caller]
fn run(recipe: &str) -> (i32, String) {
    let (status, log) =
        run_recipe(recipe).unwrap_or_else(|error| panic!("the recipe {recipe:?}: {error}"));
    (number_of(status), String::from_utf8_lossy(&log).into_owned())
}

fn number_of(status: WaitStatus) -> i32 {
    match status {
        WaitStatus::Exited(_, status) => status,
        WaitStatus::Signaled(_, signal, _) => -(signal as i32),
        other => panic!("{other:?} is not an end"),
    }
}

fn log(status: i32, text: &str) -> (i32, String) {
    (status, text.to_owned())
}

fn step_2_the_log_and_the_status() {
    let recipe = "echo one\necho two >&2\necho three\nexit 3\n";
    assert_eq!(run(recipe), log(3, "one\ntwo\nthree\n"), "two goes to standard error; exit 3");
    assert_eq!(run(":"), log(0, ""), "a recipe that prints nothing");
}

fn step_2_the_first_command_that_fails_ends_it() {
    let recipe = "echo before\nfalse\necho after\n";
    assert_eq!(run(recipe), log(1, "before\n"), "echo before, false, echo after");
}

fn step_2_a_signal_is_no_exit_status() {
    let killed = -(Signal::SIGKILL as i32);
    assert_eq!(run("kill -s KILL $$"), log(killed, ""), "ended by SIGKILL (here: -9)");
}

/// By default, a pipe holds 64 KiB.
fn step_2_a_mebibyte() {
    let (status, text) = run("head -c 1048576 /dev/zero");
    assert_eq!((status, text.len()), (0, 1 << 20), "the status, and the length of the log");
}

fn step_2_any_bytes() {
    let result = run_recipe("printf '\\377\\000\\n'").map(|(_, log)| log);
    assert_eq!(result.ok(), Some(vec![255, 0, b'\n']), "the log may contain any bytes");
}

/// Four mebibytes are more than exec hands on (`E2BIG`), so there is no shell. An error is right, and a
/// status other than 0 is.
fn step_2_a_recipe_that_is_too_long() {
    let recipe = format!("echo a # {}", "x".repeat(4 << 20));
    no_success(&recipe, "exec failed with E2BIG, because the recipe has 4 MiB");
}

/// A string of C ends at a zero byte, so the recipe cannot be handed to the shell.
fn step_2_a_recipe_with_a_zero_byte() {
    no_success(
        "echo a\0echo b",
        "the recipe contains a zero byte, so it cannot be an argument of the shell",
    );
}

#[track_caller]
fn no_success(recipe: &str, what: &str) {
    let status = run_recipe(recipe).map(|(status, _)| number_of(status));
    let right = status.as_ref().map_or(true, |&status| status != 0);
    assert!(right, "{what}\ngot:    {status:?}");
}

/// This process itself has text in its standard input, which is not for a recipe.
fn step_2_standard_input_is_empty() {
    let (reader, mut writer) = pipe().expect("a pipe for the check");
    writer.write_all(b"for the caller\n").expect("text in the check's pipe");
    drop(writer);
    let before = dup(std::io::stdin().as_fd()).expect("a copy of standard input");
    dup2_stdin(&reader).expect("another standard input");
    let got = run("cat");
    dup2_stdin(before).expect("the standard input of before");
    assert_eq!(got, log(0, ""), "cat, which copies its standard input");
}

/// Rust ignores SIGPIPE, and exec keeps that: `yes` would go on, and say what is wrong.
fn step_2_yes_ends_when_head_has_its_line() {
    assert_eq!(run("yes | head -n 1"), log(0, "y\n"), "yes | head -n 1");
}

/// Lists the descriptors above 2, but for those that this process itself hands on.
pub(super) fn list_of_descriptors() -> String {
    // SAFETY: the number is only asked about, and the kernel refuses one that is not open.
    let flags = |number| fcntl(unsafe { BorrowedFd::borrow_raw(number) }, FcntlArg::F_GETFD);
    let ours = |number: &i32| !matches!(flags(*number), Ok(flags) if flags & libc::FD_CLOEXEC == 0);
    let numbers: Vec<String> = (3..30).filter(ours).map(|number| number.to_string()).collect();
    format!("for n in {}; do [ ! -e /dev/fd/$n ] || echo it has $n; done", numbers.join(" "))
}

fn step_2_a_recipe_has_three_descriptors() {
    assert_eq!(run(&list_of_descriptors()), log(0, ""), "the recipe names its descriptors above 2");
}

/// exec keeps what is blocked and ignored.
fn step_2_a_recipe_finds_the_signals_as_a_shell_leaves_them() {
    let Some(signals) = Signals::of_a_program() else { return };
    assert_eq!(run(Signals::INTO_A_FILE), log(0, ""), "a recipe that looks at its signals");
    signals.assert_found();
}

fn step_2_a_recipe_finds_what_the_caller_had() {
    let surroundings = Surroundings::of_a_caller();
    assert_eq!(
        run(Surroundings::INTO_A_FILE),
        log(0, ""),
        "a recipe that looks at its surroundings"
    );
    surroundings.assert_found();
}

/// The shell stops, and a process that it has started lets it go on after 0.1 s.
fn step_2_a_stop_is_not_an_end() {
    let stops = format!("{STOP_FOR_A_WHILE}; exit 3");
    let ended = run_recipe(&stops).map(|(status, _)| status);
    wait_for_what_is_left();
    let right = matches!(ended, Ok(WaitStatus::Exited(_, 3)));
    assert!(right, "the shell stopped, continued, and ended with status 3\ngot:    {ended:?}");
}

fn step_2_the_parent_sleeps_while_it_waits() {
    assert_eq!(run("echo a; sleep 0.3; echo b"), log(0, "a\nb\n"), "two lines, 0.3 s apart");
}

fn step_2_a_child_of_the_caller_is_left_alone() {
    for _stranger in [Stranger::alive(), Stranger::zombie()] {
        assert_eq!(run("exit 4"), log(4, ""), "exit 4");
    }
}

/// Each read gives three bytes at most.
fn step_2_a_call_may_do_a_part() {
    assert_eq!(run("echo a longer line; exit 2"), log(2, "a longer line\n"), "one line");
}

/// A handler ran, and the wait fails with EINTR. The recipe has not ended by that: wait again.
fn step_2_a_signal_interrupts_every_wait() {
    let _interrupted = the_first_waits_are_interrupted();
    interrupted("twenty waits failed with EINTR");
}

fn step_2_a_signal_interrupts_other_calls() {
    interrupted("every other read and poll failed with EINTR");
}

#[track_caller]
fn interrupted(what: &str) {
    let ended = run_recipe("echo a; exit 5");
    if !says_interrupted(ended.as_ref().err().and_then(std::io::Error::raw_os_error)) {
        let ended = ended.map(|(status, log)| (number_of(status), log)).ok();
        assert_eq!(ended, Some((5, b"a\n".to_vec())), "{what}");
    }
}

/// Each of these calls fails, the first one of your function, then the second, and so on.
fn step_2_what_cannot_be_had_is_an_error() {
    let _project = Project::of(&[]);
    for number in 1..=3 {
        for (call, error) in [
            (Call::Fork.nth(number), Errno::EAGAIN),
            (Call::Pipe.nth(number), Errno::EMFILE),
            (Call::Open.nth(number), Errno::EMFILE),
            (Call::Read.nth(number).on_files(), Errno::EIO),
        ] {
            let refused = plant(call.in_parent().fails(error));
            let result = run_recipe("echo a");
            if refused.happened() {
                let got = result.err().and_then(|error| error.raw_os_error());
                assert_eq!(got, Some(error as i32), "call number {number} failed with {error}");
            }
        }
    }
}
