//! What your `tiny_shell` must do, step by step.

use std::fs;
use std::io::{self, Read, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;

use grader::{Check, Suite, check};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::Signal;
use nix::unistd::dup2_stderr;

use super::answers::tiny_shell::tiny_shell;

#[path = "tiny_shell/jobs.rs"]
mod jobs;
#[path = "tiny_shell/keys.rs"]
mod keys;
#[path = "tiny_shell/order.rs"]
mod order;
#[path = "programs.rs"]
mod programs;
#[path = "tiny_shell/script.rs"]
mod script;
#[path = "tiny_shell/sessions.rs"]
mod sessions;
#[path = "tiny_shell/terminal.rs"]
mod terminal;
#[path = "tools.rs"]
mod tools;
#[path = "tiny_shell/typist.rs"]
mod typist;
use programs::{Signals, Surroundings};
use script::Files;
use tools::{
    STOP_FOR_A_WHILE, no_memory_for_fork, the_first_waits_are_interrupted, wait_for_what_is_left,
};

const YES_RUNS: &str = "\
`yes` was started, and the next fork failed. `yes` ends when no process can
read its output, so close the read end before you wait.";

const OPEN_END: &str = "\
A program reads until end-of-file, which does not come while any process holds the write end of
its pipe. Which process still holds it: the shell, or a neighbour in the pipeline?";
#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    let first = [
        check!(step_1_each_line_runs_a_program).forks(3 + 1).prints("one\ntwo\nthree  3\n"),
        check!(step_1_the_status_of_the_last_line_is_returned).see("waitpid.md#signals"),
        check!(step_1_each_status_as_a_shell_has_it)
            .prints("3\n137\n127\n126\n0\n2\n2\n")
            .see("exec.md#exec-fails"),
        check!(step_1_what_cannot_be_run_is_told).prints("").see("exec.md#exec-fails"),
        check!(step_1_nothing_to_run).forks(0).prints(""),
        check!(step_1_a_program_finds_sigpipe_as_a_shell_leaves_it)
            .prints("141\n")
            .see("exec.md#sigpipe"),
        check!(step_1_a_program_finds_the_signals_as_a_shell_leaves_them).see("exec.md#signals"),
        check!(step_1_a_program_finds_what_the_caller_had).see("exec.md#kept-open"),
        check!(step_1_a_long_line),
        check!(step_1_a_stop_is_not_an_end).prints("3\n").see("waitpid.md#stopped-is-not-ended"),
        check!(step_1_a_program_has_the_standard_descriptors_only)
            .prints("")
            .see("exec.md#descriptors"),
        check!(step_1_a_signal_interrupts_every_wait).prints("one\n3\n").see("waitpid.md#eintr"),
        check!(step_1_after_a_fork_that_fails_the_shell_goes_on)
            .fork_fails(1)
            .prints("2\nthree\n2\nthree\n")
            .see("many-forks.md#a-fork-that-fails"),
        check!(step_2_input_and_output).prints("a\nb\n").see("exec.md#the-program"),
        check!(step_2_a_file_is_emptied_or_written_at_its_end)
            .prints("short\nshort\nand more\nnew\n")
            .see("exec.md#the-program"),
        check!(step_2_the_shell_keeps_its_own_descriptors)
            .prints("on the screen\n")
            .see("exec.md#the-program"),
        check!(step_2_a_file_that_cannot_be_opened).prints("2\n2\n2\n"),
        check!(step_2_several_redirections).prints("a\nin the second\n"),
        check!(step_2_a_file_that_two_write_at_its_end).prints("1\n2\n3\n"),
        check!(step_3_the_output_of_one_is_the_input_of_the_next)
            .forks(3)
            .prints("A\nB\n")
            .if_it_hangs(OPEN_END)
            .see("exec.md#kept-open"),
        check!(step_3_more_than_a_pipe_holds)
            .prints("200000\n")
            .if_it_hangs(
                "The first program writes more than a pipe holds, so it cannot end before the\n\
                     others read. Does the shell start all programs before it waits for one?",
            )
            .see("pipes.md#wait-before-read"),
        check!(step_3_yes_ends_when_head_has_its_line)
            .prints("y\n")
            .if_it_hangs(
                "`yes` ends when no process can read its output. Which process still holds\n\
                     the read end of the pipe?",
            )
            .see("exec.md#sigpipe"),
        check!(step_3_the_status_is_that_of_the_last_program).prints("3\n0\nstill here\n0\n"),
        check!(step_3_seventeen_programs).prints("1\n").if_it_hangs(OPEN_END),
        check!(step_3_a_file_that_cannot_be_opened_is_for_one_program_only)
            .prints("still here\n0\n"),
        check!(step_3_a_redirection_is_stronger_than_the_pipe).prints("one\nTWO\n"),
        check!(step_3_a_program_has_no_end_of_another_pipe)
            .prints("")
            .if_it_hangs(OPEN_END)
            .see("exec.md#kept-open"),
        check!(step_3_after_the_third_fork_that_fails)
            .fork_fails(3)
            .prints("2\n")
            .see("many-forks.md#a-fork-that-fails"),
        check!(step_3_after_a_fork_that_fails_the_others_come_to_their_end)
            .fork_fails(2)
            .prints("2\nstill here\n")
            .if_it_hangs(YES_RUNS)
            .see("many-forks.md#a-fork-that-fails"),
    ];
    let steps = first.into_iter().chain(jobs::step_4()).chain(keys::step_5());
    Suite::new("tiny_shell", steps.map(Check::programs_print))
}

/// The lines of a script. Standard input is `/dev/null`.
#[track_caller]
fn run(script: &str) -> u8 {
    tiny_shell(script.as_bytes()).unwrap_or_else(|error| panic!("Your function failed: {error}"))
}

/// The same, and what comes on standard error.
#[track_caller]
fn run_and_hear(script: &str) -> (u8, String) {
    let (mut reader, writer) = pipe().expect("a pipe for the check");
    let before = io::stderr().as_fd().try_clone_to_owned().expect("a copy of standard error");
    dup2_stderr(writer).expect("another standard error");
    let status = run(script);
    dup2_stderr(before).expect("the usual standard error");
    let mut heard = String::new();
    reader.read_to_string(&mut heard).expect("what came on standard error");
    (status, heard)
}

/// The second program forks a process of its own.
fn step_1_each_line_runs_a_program() {
    run("echo one\nsh -c 'sleep 0.1; echo two'\n\necho 'three  3'\n");
}

fn step_1_the_status_of_the_last_line_is_returned() {
    assert_eq!(run("sh -c 'exit 7'"), 7, "sh -c 'exit 7'");
    assert_eq!(run("false\ntrue\n"), 0, "false, and then true");
    for signal in
        [Signal::SIGKILL, Signal::SIGHUP, Signal::SIGABRT, Signal::SIGUSR1, Signal::SIGALRM]
    {
        let (name, number) = (signal.as_str().trim_start_matches("SIG"), signal as u8);
        let status = run(&format!("sh -c 'kill -s {name} $$'\n\n"));
        assert_eq!(status, 128 + number, "{signal} is number {number}");
    }
}

/// An exit status; a signal; a program that is not there, and one that cannot be run, because it is a
/// folder; success; and a line that `parse` refuses, which an empty line does not change.
fn step_1_each_status_as_a_shell_has_it() {
    run("sh -c 'exit 3'\necho $?\nsh -c 'kill -s KILL $$'\necho $?\nno-such-program\necho $?\n\
         /\necho $?\ntrue\necho $?\na | | b\necho $?\na | | b\n\necho $?\n");
}

fn step_1_what_cannot_be_run_is_told() {
    for (line, wanted) in [("no-such-program x", 127), ("/", 126), ("a |", 2)] {
        let (status, heard) = run_and_hear(line);
        assert_eq!(status, wanted, "the status of the line: {line}");
        let name = line.split(' ').next().unwrap_or_default();
        assert!(
            !heard.is_empty() && (wanted == 2 || heard.contains(name)),
            "The line {line:?} failed. A message on standard error should name the program or\n\
             the mistake in the line. Standard error contains: {heard:?}"
        );
    }
}

fn step_1_nothing_to_run() {
    assert_eq!(run(""), 0, "no line at all");
    assert_eq!(run("\n   \n# a comment\n"), 0, "three lines without a command");
}

/// SIGPIPE has number 13. A shell whose own one is ignored, as it is in a Rust program, does not end.
fn step_1_a_program_finds_sigpipe_as_a_shell_leaves_it() {
    run("sh -c 'kill -s PIPE $$; echo SIGPIPE is ignored'\necho $?\n");
}

/// exec keeps what is blocked and ignored.
fn step_1_a_program_finds_the_signals_as_a_shell_leaves_them() {
    let Some(signals) = Signals::of_a_program() else { return };
    let _file = Files(["signals"]);
    assert_eq!(run(&format!("sh -c \"{}\"", Signals::INTO_A_FILE)), 0, "a program that looks");
    signals.assert_found();
}

fn step_1_a_program_finds_what_the_caller_had() {
    let _file = Files(["surroundings"]);
    let surroundings = Surroundings::of_a_caller();
    assert_eq!(run(&format!("sh -c '{}'", Surroundings::INTO_A_FILE)), 0, "a program that looks");
    surroundings.assert_found();
}

/// There is no longest line. The status is the last word of this one.
fn step_1_a_long_line() {
    for length in [1_100, 70_000] {
        let line = format!("sh -c 'exit $2' sh {} 3\n", "x".repeat(length));
        assert_eq!(run(&line), 3, "the status of a line of {} bytes: {}…", line.len(), &line[..25]);
    }
}

/// The program stops, and a process that it has started lets it go on after 0.1 s.
fn step_1_a_stop_is_not_an_end() {
    run(&format!("sh -c '{STOP_FOR_A_WHILE}; exit 3'\necho $?\n"));
    wait_for_what_is_left();
}

fn step_1_a_program_has_the_standard_descriptors_only() {
    run(&look("a program", "true"));
}

/// A command that names its descriptors above 2, but for those that this process itself hands on, and
/// then becomes the program `then`.
fn look(name: &str, then: &str) -> String {
    // SAFETY: the number is only asked about, and the kernel refuses one that is not open.
    let flags = |number| fcntl(unsafe { BorrowedFd::borrow_raw(number) }, FcntlArg::F_GETFD);
    let ours = |number: &i32| !matches!(flags(*number), Ok(flags) if flags & libc::FD_CLOEXEC == 0);
    let numbers: Vec<String> = (3..30).filter(ours).map(|number| number.to_string()).collect();
    format!(
        "sh -c 'for n in {}; do [ -e /dev/fd/$n ] && echo $1 has $n; done; exec $2' sh '{name}' {then}",
        numbers.join(" ")
    )
}

/// A handler ran, and the wait fails with EINTR. No program has ended by that: wait again.
fn step_1_a_signal_interrupts_every_wait() {
    let _interrupted = the_first_waits_are_interrupted();
    run("echo one\nsh -c 'exit 3'\necho $?\n");
}

/// There are too many processes, and then there is no memory for one.
fn step_1_after_a_fork_that_fails_the_shell_goes_on() {
    for error in [Errno::EAGAIN, Errno::ENOMEM] {
        let _refused = (error == Errno::ENOMEM).then(|| no_memory_for_fork(1));
        let (_, heard) = run_and_hear("echo one\necho $?\necho three\n");
        assert!(
            !heard.is_empty(),
            "A fork failed with {error:?}, but standard error contains no message."
        );
    }
}

/// The mode of a new file is 666, without what the umask (here: 022) takes away.
fn step_2_input_and_output() {
    let _files = Files(["in", "out"]);
    fs::write("in", "b\na\n").expect("a file for the check");
    run("sort < in > out\ncat out\n");
    let mode = fs::metadata("out").map(|data| data.permissions().mode() & 0o777);
    assert_eq!(
        mode.map_err(|error| error.to_string()),
        Ok(0o644),
        "the mode of a new file, 420 = 0o644"
    );
}

fn step_2_a_file_is_emptied_or_written_at_its_end() {
    let _files = Files(["out", "new"]);
    fs::write("out", "a long text that was there before\n").expect("a file for the check");
    run("echo short > out\ncat out\necho and more >> out\ncat < out\necho new >> new\ncat new\n");
    if let Ok(data) = fs::metadata("new") {
        let mode = data.permissions().mode() & 0o777;
        assert_eq!(format!("{mode:o}"), "644", "the mode of the new file, where the umask is 022");
    }
}

/// So does a program: it has a file in the place of 1, and not a second time.
fn step_2_the_shell_keeps_its_own_descriptors() {
    let _files = Files(["out"]);
    run(&format!(
        "echo in the file > out\necho on the screen\n{} < out > out\n",
        look("a program", "true")
    ));
    let said = fs::read_to_string("out").expect("the file of the redirection");
    assert_eq!(said, "", "a program names its descriptors above 2");
}

/// The program must not run: it would leave a file.
fn step_2_a_file_that_cannot_be_opened() {
    let _files = Files(["ran", "out"]);
    let script = "sh -c '> ran' < missing\necho $?\nsh -c '> ran' > no/such/folder\necho $?\n\
                  sh -c '> ran' < missing > out\necho $?\n";
    let (_, heard) = run_and_hear(script);
    for name in ["missing", "no/such/folder"] {
        assert!(
            heard.contains(name),
            "{name} cannot be opened. Standard error should name it, but contains: {heard:?}"
        );
    }
    assert!(
        !fs::exists("ran").unwrap_or(true),
        "The file could not be opened, but the program ran."
    );
}

/// From left to right: each file is created, and the last one of a kind is the one that counts.
fn step_2_several_redirections() {
    let _files = Files(["first", "second", "in"]);
    fs::write("in", "a\n").expect("a file for the check");
    fs::write("first", "an old text\n").expect("a file for the check");
    run("echo in the second > first > second\ncat < first < in\ncat first second\n");
}

/// The program writes a line, another one that it starts writes a line into the same file, and then it
/// writes again.
fn step_2_a_file_that_two_write_at_its_end() {
    let _files = Files(["out"]);
    run("sh -c 'echo 1; echo 2 >> out; echo 3' >> out\ncat out\n");
}

/// Each reads to the end of the file, which comes when no process has the write end any more.
fn step_3_the_output_of_one_is_the_input_of_the_next() {
    assert_eq!(run("printf 'b\\na\\n' | sort | tr a-z A-Z"), 0, "printf | sort | tr");
}

/// By default, a pipe holds 64 KiB, and these are 1259 KiB.
fn step_3_more_than_a_pipe_holds() {
    assert_eq!(run("seq 200000 | cat | tail -n 1"), 0, "seq | cat | tail");
}

fn step_3_yes_ends_when_head_has_its_line() {
    assert_eq!(run("yes | head -n 1"), 0, "yes | head -n 1; the status is that of head");
}

/// The first one ends last, and its status is not asked for.
fn step_3_the_status_is_that_of_the_last_program() {
    run("sh -c 'sleep 0.2; exit 5' | sh -c 'exit 3'\necho $?\nfalse | true\necho $?\n\
         true | no-such-program | sh -c 'read line; echo still here'\necho $?\n");
}

/// Sixteen programs copy the output of the first.
fn step_3_seventeen_programs() {
    assert_eq!(run(&format!("echo 1 {}", "| cat ".repeat(16))), 0, "echo 1 | cat | cat and so on");
}

/// The first program does not run, and the second one reads an empty file.
fn step_3_a_file_that_cannot_be_opened_is_for_one_program_only() {
    let (_, heard) = run_and_hear("cat < missing | sh -c 'read line; echo still here'\necho $?\n");
    assert!(
        heard.contains("missing"),
        "The file `missing` cannot be opened. Standard error should name it, but contains: {heard:?}"
    );
}

fn step_3_a_redirection_is_stronger_than_the_pipe() {
    let _files = Files(["in", "out"]);
    fs::write("in", "two\n").expect("a file for the check");
    run("echo one > out | cat\ncat out\necho not this | tr a-z A-Z < in\n");
}

fn step_3_a_program_has_no_end_of_another_pipe() {
    let commands = [look("the first", "true"), look("the second", "cat"), look("the third", "cat")];
    assert_eq!(run(&commands.join(" | ")), 0, "three programs that name their descriptors above 2");
}

/// Two programs run by then, whether the first or the last was started first. The one in the middle
/// needs a while more.
fn step_3_after_the_third_fork_that_fails() {
    let _file = Files(["done"]);
    run("sleep 0 | sh -c 'sleep 0.1; echo > done' | cat\necho $?\n");
    let is_done = fs::exists("done").unwrap_or(false);
    assert!(is_done, "The third fork failed, and the second program did not come to its end.");
}

/// Of two forks the second fails with EAGAIN. The program that there is writes for ever, until no
/// process can read it.
fn step_3_after_a_fork_that_fails_the_others_come_to_their_end() {
    run("yes | head -n 1\necho $?\necho still here\n");
}
