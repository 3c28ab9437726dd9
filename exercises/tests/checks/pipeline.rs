//! What your `run_pipeline` must do.

use std::io::{self, Read, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::{env, fs};

use grader::plant::{Call, plant};
use grader::{Check, Stranger, Suite, check};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::WaitStatus;
use nix::unistd::dup2_stderr;

use super::answers::pipeline::run_pipeline;

#[path = "programs.rs"]
mod programs;
#[path = "tools.rs"]
mod tools;
use programs::{Findings, Signals, look};
use tools::{
    LITTLE, STOP_FOR_A_WHILE, says_interrupted, wait_for_what_is_left, with_standard_input,
};

const OPEN_END: &str = "A program reads until end-of-file, which does not come while any process holds the write end of\n\
     its pipe. Which process still holds it: the parent, or a neighbour in the pipeline?";

const NO_CHILD: &str = "Each wait fails with ECHILD: the child is no child of this process any more. A wait that is\n\
     repeated after any error never ends. Repeat it after EINTR only.";
const LEFT_OPEN: &str = "A fork or a pipe failed, and the programs that had been started by then do not end. Close all\n\
     ends of pipes before you wait for the programs.";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    let checks = [
            check!(one_program).forks(1).see("exec.md#the-program"),
            check!(the_output_of_one_is_the_input_of_the_next)
                .forks(3)
                .prints("A\nB\n")
                .if_it_hangs(OPEN_END)
                .see("exec.md#kept-open"),
            check!(the_first_reads_what_this_process_would_read)
                .forks(2)
                .see("exec.md#descriptors"),
            check!(an_argument_is_one_word_whatever_is_in_it)
                .forks(1)
                .prints("a  | b;$HOME\n"),
            check!(a_word_may_be_empty_and_words_may_be_many).forks(1 + 1),
            check!(a_program_is_searched_for_in_path)
                .forks(2 + 1)
                .prints("hello\nhello\n")
                .see("exec.md#the-program"),
            check!(messages_go_past_the_pipe).forks(2).prints("").see("exec.md#descriptors"),
            check!(each_status_in_the_order_of_the_commands)
                .forks(3)
                .uses_at_most(LITTLE)
                .if_it_hangs(OPEN_END)
                .see("waitpid.md#signals"),
            check!(a_status_is_what_it_was).forks(5).see("waitpid.md#signals"),
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
            check!(no_signal_is_blocked_in_a_program)
                .forks(2)
                .prints("")
                .see("exec.md#signals"),
            check!(a_program_finds_the_signals_as_a_shell_leaves_them)
                .forks(1)
                .see("exec.md#signals"),
            check!(a_program_finds_what_the_caller_had).see("exec.md#signals"),
            check!(a_stop_is_not_an_end).see("waitpid.md#stopped-is-not-ended"),
            check!(the_callers_own_action_for_sigpipe_stays).forks(2).see("exec.md#sigpipe"),
            check!(a_child_of_the_caller_is_no_program).see("waitpid.md#any-child"),
            check!(no_commands_at_all).forks(0).prints(""),
            check!(a_second_call_is_like_the_first).forks(2 + 2).prints("1\n2\n"),
            check!(sixty_five_programs)
                .forks(65)
                .at_most(70)
                .prints("1\n")
                .if_it_hangs(OPEN_END),
            check!(a_signal_interrupts_every_wait)
                .plant(Call::Wait.odd().in_parent().interrupted())
                .see("waitpid.md#eintr"),
            check!(a_wait_that_fails_is_an_error).if_it_hangs(NO_CHILD).see("waitpid.md#eintr"),
            check!(when_a_fork_fails_the_others_finish)
                .forks(1)
                .fork_fails(2)
                .if_it_hangs(
                    "`yes` was started, and the next fork failed. `yes` ends when no process holds the read end of\n\
                     its pipe any more, so close the read end before you wait.",
                )
                .see("many-forks.md#a-fork-that-fails"),
            check!(whichever_fork_fails_no_program_is_killed)
                .if_it_hangs(LEFT_OPEN)
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_pipe_that_cannot_be_created_is_an_error)
                .if_it_hangs(LEFT_OPEN)
                .see("many-forks.md#a-fork-that-fails"),
    ];
    Suite::new("pipeline", checks.map(Check::programs_print))
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

/// The first of the words is empty, the second has a newline in it, and there are a thousand of them.
fn a_word_may_be_empty_and_words_may_be_many() {
    let script = "printf '%s+' \"$1\" \"$2\" $# > words";
    let mut command = vec!["sh", "-c", script, "sh", "", "two\nlines"];
    command.resize(4 + 1000, "word");
    let ended = run(&[&command]);
    let words = fs::read_to_string("words").unwrap_or_default();
    let _ = fs::remove_file("words");
    assert_eq!(ended, Ok(vec![0]), "sh with 1000 arguments");
    assert_eq!(words, "+two\nlines+1000+", "the first two arguments, and how many there were");
    let ended = run(&[&["sh", "-c", "echo $0 > words"]]);
    let word = fs::read_to_string("words").unwrap_or_default();
    let _ = fs::remove_file("words");
    assert_eq!(
        (ended, &*word),
        (Ok(vec![0]), "sh\n"),
        "what the program `sh` finds as its own name"
    );
}

/// The text in this process's standard input is for the first program.
fn the_first_reads_what_this_process_would_read() {
    let commands: &[&[&str]] = &[&["cat"], &["sh", "-c", "exec cat > copy"]];
    let ended = with_standard_input(b"text\n", || run(commands));
    let copy = fs::read_to_string("copy").unwrap_or_default();
    let _ = fs::remove_file("copy");
    assert_eq!(ended, Ok(vec![0; 2]), "cat | cat > copy");
    assert_eq!(copy, "text\n", "the file copy; the text was in this process's standard input");
}

/// A program that is nowhere but in a folder of the check, which is in `PATH`.
#[expect(clippy::disallowed_methods, reason = "one thread; the programs shall inherit it")]
fn a_program_is_searched_for_in_path() {
    fs::create_dir("programs").expect("a folder for the check");
    fs::write("programs/greet", "#!/bin/sh\necho hello\n").expect("a program for the check");
    let runs = fs::Permissions::from_mode(0o755);
    fs::set_permissions("programs/greet", runs).expect("a program for the check");
    let before = env::var_os("PATH").unwrap_or_default();
    let folder = env::current_dir().expect("the folder of the check").join("programs");
    let path = env::join_paths(env::split_paths(&before).chain([folder])).expect("a PATH");
    // SAFETY: a check has one thread.
    unsafe { env::set_var("PATH", path) };
    grader::baseline();
    let ended = run(&[&["greet"], &["cat"]]);
    let by_path = run(&[&["./programs/greet"]]);
    fs::remove_dir_all("programs").expect("the folder of the check");
    assert_eq!(ended, Ok(vec![0; 2]), "greet | cat; greet is in the last folder of PATH");
    assert_eq!(
        by_path,
        Ok(vec![0]),
        "./programs/greet: a program with a slash is not searched for"
    );
}

/// Standard error of each program is that of this process.
fn messages_go_past_the_pipe() {
    let (mut reader, writer) = pipe().expect("a pipe for the check");
    let before = io::stderr().as_fd().try_clone_to_owned().expect("a copy of standard error");
    dup2_stderr(writer).expect("another standard error");
    let ended = run(&[&["sh", "-c", "echo message >&2"], &["cat"]]);
    dup2_stderr(before).expect("the usual standard error");
    let mut heard = String::new();
    reader.read_to_string(&mut heard).expect("what was written to standard error");
    assert_eq!(ended, Ok(vec![0; 2]), "sh, which writes to standard error, piped into cat");
    assert_eq!(heard, "message\n", "what the first program wrote to standard error");
}

/// The status 137 is what a shell has for SIGKILL, but this program was not killed.
fn a_status_is_what_it_was() {
    let shell = |script| ["sh", "-c", script];
    let scripts = ["exit 255", "exit 137", "exit 143", "exit 128", "kill -s SEGV $$"].map(shell);
    let ended = run(&scripts.each_ref().map(|command| &command[..]));
    let wanted = vec![255, 137, 143, 128, -(Signal::SIGSEGV as i32)];
    assert_eq!(ended, Ok(wanted), "status 255 | 137 | 143 | 128 | ended by SIGSEGV (here: -11)");
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
    let stops = format!("{STOP_FOR_A_WHILE}; exit 3");
    let ended = run_pipeline(&[&["sh", "-c", &stops], &["true"]]);
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

/// exec keeps what is blocked and ignored.
fn a_program_finds_the_signals_as_a_shell_leaves_them() {
    let Some(signals) = Signals::of_a_program() else { return };
    let ended = run(&[&["sh", "-c", Signals::INTO_A_FILE]]);
    assert_eq!(ended, Ok(vec![0]), "a program that looks at its signals");
    signals.assert_found();
}

/// Three programs leave files. The first does not read, and the last does not write into a pipe.
fn a_program_finds_what_the_caller_had() {
    let findings = Findings::of_a_program();
    let scripts = ["first", "second", "third"].map(look);
    let commands = scripts.each_ref().map(|script| ["sh", "-c", script]);
    let ended = run(&commands.each_ref().map(|command| &command[..]));
    assert_eq!(ended.map(|ended| ended.len()), Ok(3), "three programs that look around");
    for file in ["first", "second", "third"] {
        findings.assert_found(file, &format!("the {file} program of three"));
    }
}

/// The caller has put SIGPIPE back to its default action. The function may change it meanwhile.
fn the_callers_own_action_for_sigpipe_stays() {
    // SAFETY: this installs the kernel's own action, which runs no code of this program.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }.expect("the action of the check");
    grader::baseline();
    assert_eq!(run(&[&["true"], &["cat"]]), Ok(vec![0; 2]), "true | cat");
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

/// Sixty-four programs copy the output of the first.
fn sixty_five_programs() {
    let mut commands: Vec<&[&str]> = vec![&["echo", "1"]];
    commands.resize(65, &["cat"]);
    let ended = run(&commands).map(|ended| (ended.len(), ended.iter().all(|&status| status == 0)));
    let what =
        "echo 1 | cat | cat and so on, 65 programs; how many ended, and whether all did with 0";
    assert_eq!(ended, Ok((65, true)), "{what}");
}

/// ECHILD: another part of the program has waited for the child. How it ended is not known.
fn a_wait_that_fails_is_an_error() {
    let refused = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let ended = run(&[&["true"], &["true"]]);
    drop(refused);
    wait_for_what_is_left();
    assert_eq!(ended, Err(Errno::ECHILD), "every wait failed with ECHILD");
}

/// A signal handler ran, and the wait fails with EINTR. No program has ended, so wait again.
fn a_signal_interrupts_every_wait() {
    let ended = run(&[&["true"], &["false"]]);
    if !says_interrupted(ended.as_ref().err().map(|error| *error as i32)) {
        assert_eq!(ended, Ok(vec![0, 1]), "true | false, and every other wait failed with EINTR");
    }
}

/// Three programs, each of which leaves a file at its end. The first writes until no process holds the
/// read end of its pipe any more, and the others read to the end.
const THREE: &[&[&str]] = &[
    &["sh", "-c", ": > begun_1; yes; : > ended_1"],
    &["sh", "-c", ": > begun_2; head -n 1; : > ended_2"],
    &["sh", "-c", ": > begun_3; cat > /dev/null; : > ended_3"],
];

/// How many of the three have left their file, which is removed.
fn files_of_three(name: &str) -> usize {
    (1..=3).filter(|number| fs::remove_file(format!("{name}_{number}")).is_ok()).count()
}

/// The first fork fails, then the second, then the third, with one error or the other. The programs
/// before it come to their end.
fn whichever_fork_fails_no_program_is_killed() {
    for (number, errno) in [(1, Errno::ENOMEM), (2, Errno::EAGAIN), (3, Errno::ENOMEM)] {
        let refused = plant(Call::Fork.nth(number).in_parent().fails(errno));
        let ended = run(THREE);
        files_of_three("begun");
        let count = files_of_three("ended");
        if refused.happened() {
            assert_eq!(ended, Err(errno), "fork number {number} failed with {errno:?}");
            let before = number as usize - 1;
            assert!(
                count == before,
                "Fork {number} failed, when {before} had been started, and {count} came to the end of \
                 their scripts. Kill none of them, and start no more."
            );
        }
    }
}

/// The first pipe, then the second one: too many descriptors are open. The programs that have been
/// started by then come to their end, and are waited for.
fn a_pipe_that_cannot_be_created_is_an_error() {
    tools::refuse_what_connects(|| {
        let ended = run(THREE);
        let (begun, ended_well) = (files_of_three("begun"), files_of_three("ended"));
        assert!(
            ended_well == begun,
            "A pipe could not be created. {begun} programs had begun, and {ended_well} came to the end of \
             their scripts. Kill none of them."
        );
        ended.map_err(io::Error::from)
    });
}

/// The second of two forks fails with EAGAIN. The first program writes until no process holds the read
/// end of its pipe any more.
fn when_a_fork_fails_the_others_finish() {
    let ended = run(&[&["yes"], &["head", "-n", "1"], &["cat"]]);
    assert_eq!(ended, Err(Errno::EAGAIN), "the second fork failed");
}
