//! What your `run_with_limit` must do.

use std::fs;
use std::io::{self, Read, pipe};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grader::plant::{Call, plant};
use grader::{Check, Stranger, Suite, check};
use nix::errno::Errno;
#[cfg(target_os = "linux")]
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::dup2_stderr;

use super::answers::run_with_limit::{GRACE, run_with_limit};

#[path = "programs.rs"]
mod programs;
#[path = "tools.rs"]
mod tools;
use programs::{Findings, look};
use tools::{LITTLE, STOP_FOR_A_WHILE, wait_for_what_is_left, with_standard_input};

const NO_CHILD: &str = "Each wait fails with ECHILD: the program is no child of this process any more. A wait that is\n\
     repeated after any error never ends.";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    let mut checks = vec![
        check!(a_program_that_ends_in_time).see("waitpid.md#a-time-limit"),
        check!(a_program_that_is_killed_in_time).see("waitpid.md#signals"),
        check!(an_end_is_noticed_soon).see("waitpid.md#a-time-limit"),
        check!(a_status_is_what_it_was).see("waitpid.md#signals"),
        check!(a_stop_is_not_an_end).see("waitpid.md#stopped-is-not-ended"),
        check!(a_program_that_takes_too_long).see("signals.md#dispositions"),
        check!(a_program_that_ends_itself_at_sigterm)
            .prints("tidied up\n")
            .see("signals.md#dispositions"),
        check!(a_program_that_ignores_sigterm).see("signals.md#dispositions"),
        check!(its_descendants_are_ended_too).see("process-groups.md#the-sleep-stays"),
        check!(a_grandchild_that_ignores_sigterm).see("process-groups.md#the-sleep-stays"),
        check!(processes_left_behind_in_time_are_ended_too)
            .see("process-groups.md#the-sleep-stays"),
        check!(the_reaction_to_sigterm_does_not_matter).see("waitpid.md#a-time-limit"),
        check!(no_time_is_lost).within(Duration::from_secs(12)).see("waitpid.md#a-time-limit"),
        check!(what_is_left_behind_may_ignore_sigterm).see("process-groups.md#the-sleep-stays"),
        check!(a_child_of_the_caller_is_left_alone).see("waitpid.md#any-child"),
        check!(a_grandchild_of_the_caller_is_left_alone).see("waitpid.md#any-child"),
        check!(the_parent_sleeps_while_it_waits)
            .uses_at_most(LITTLE)
            .see("waitpid.md#a-time-limit"),
        check!(limits_of_any_length).within(Duration::from_secs(2)).see("waitpid.md#a-time-limit"),
        check!(a_limit_may_be_a_large_number).see("waitpid.md#a-time-limit"),
        check!(a_program_that_is_missing).see("exec.md#exec-fails"),
        check!(a_signal_interrupts_every_sleep)
            .plant(Call::Sleep.odd().in_parent().interrupted())
            .see("waitpid.md#eintr"),
        check!(a_program_that_cannot_be_run).see("exec.md#exec-fails"),
        check!(a_signal_that_the_caller_blocks_stays_blocked),
        check!(a_program_has_what_the_caller_has).see("exec.md#descriptors"),
        check!(an_argument_is_one_word_whatever_is_in_it).prints("a  | b;$HOME\n"),
        check!(a_wait_that_fails_is_an_error)
            .within(Duration::from_secs(2))
            .if_it_hangs(NO_CHILD)
            .see("waitpid.md#eintr"),
        check!(descendants_have_all_of_grace).prints("tidied up\n").see("signals.md#dispositions"),
        check!(a_fork_that_fails_is_an_error).see("many-forks.md#a-fork-that-fails"),
        check!(a_second_call_is_like_the_first).see("process-groups.md#the-sleep-stays"),
    ];
    #[cfg(target_os = "linux")]
    {
        checks.push(
            check!(a_grandchild_in_another_session).see("process-groups.md#leaves-the-group"),
        );
        checks.push(
            check!(every_process_of_another_session_gets_sigterm)
                .in_empty_folder()
                .prints("grandchild\nchild\n")
                .see("process-groups.md#leaves-the-group"),
        );
        checks.push(
            check!(a_grandchild_in_another_session_that_ignores_sigterm)
                .see("process-groups.md#leaves-the-group"),
        );
        checks.push(
            check!(a_process_that_is_started_after_sigterm)
                .see("process-groups.md#leaves-the-group"),
        );
        checks.push(check!(forty_processes).at_most(60).see("process-groups.md#leaves-the-group"));
        checks.push(
            check!(each_of_forty_processes_gets_sigterm)
                .in_empty_folder()
                .at_most(60)
                .see("process-groups.md#leaves-the-group"),
        );
        checks.push(check!(a_caller_that_is_a_subreaper).see("process-groups.md#leaves-the-group"));
    }
    Suite::new("run_with_limit", checks.into_iter().map(Check::programs_print))
}

/// More time than any of these programs needs, even on a busy machine.
const LONG: Duration = Duration::from_secs(2);
/// The limit for a program that does not end by itself.
const SHORT: Duration = Duration::from_millis(150);

/// The exit status, or the negative number of a signal; and whether the limit expired.
fn run(script: &str, limit: Duration) -> (i32, bool) {
    let outcome = run_with_limit(&["sh", "-c", script], limit);
    let outcome = outcome.unwrap_or_else(|error| panic!("sh -c '{script}': {error}"));
    (number_of(outcome.status), outcome.timed_out)
}

fn number_of(status: WaitStatus) -> i32 {
    match status {
        WaitStatus::Exited(_, status) => status,
        WaitStatus::Signaled(_, signal, _) => -(signal as i32),
        other => panic!("{other:?} is not an end"),
    }
}

const SIGTERM: i32 = -(Signal::SIGTERM as i32);
const SIGKILL: i32 = -(Signal::SIGKILL as i32);

fn a_program_that_ends_in_time() {
    assert_eq!(run("sleep 0.1; exit 3", LONG), (3, false), "exit status 3, in time");
}

/// The caller has blocked SIGCHLD, and expects that it is blocked after the call too.
fn a_signal_that_the_caller_blocks_stays_blocked() {
    grader::caller_blocks(Signal::SIGCHLD);
    assert_eq!(run("exit 3", LONG), (3, false), "exit status 3, in time");
}

fn a_program_that_is_killed_in_time() {
    assert_eq!(run("kill -s KILL $$", LONG), (SIGKILL, false), "SIGKILL (here: -9), in time");
}

/// One of three calls has to be quick, because another program may have the processor meanwhile.
#[track_caller]
fn is_quick(what: &str, most: Duration, call: impl Fn()) {
    let mut quickest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        call();
        quickest = quickest.min(start.elapsed());
        if quickest < most {
            return;
        }
    }
    panic!("{what}, and the quickest of three calls took {quickest:?}");
}

/// Two seconds are allowed, and the program needs a twentieth.
fn an_end_is_noticed_soon() {
    let start = Instant::now();
    assert_eq!(run("sleep 0.1", LONG), (0, false), "exit status 0, in time");
    let took = start.elapsed();
    assert!(took < LONG / 2, "the program needed 0.1 s, and the call took {took:?}");
}

/// When nothing is left, there is no reason to wait for the rest of the limit, or of `GRACE`. And both are
/// times, not numbers of rounds.
fn no_time_is_lost() {
    is_quick("the program needed 0.1 s", GRACE, || {
        assert_eq!(run("sleep 0.1", LONG), (0, false), "exit status 0, in time");
    });
    is_quick("the limit was 0.3 s, the program ended at SIGTERM", GRACE, || {
        let limit = Duration::from_millis(300);
        assert_eq!(run("exec sleep 100", limit), (SIGTERM, true), "SIGTERM, too late");
    });
    is_quick("SIGKILL should come after 0.65 s", 2 * GRACE + SHORT, || {
        assert_eq!(
            run("trap '' TERM; exec sleep 100", SHORT),
            (SIGKILL, true),
            "SIGKILL, too late"
        );
    });
}

/// The status 143 is what a shell has for SIGTERM, but this program was not ended by it. The other one
/// was, and not by your function.
fn a_status_is_what_it_was() {
    assert_eq!(run("exit 255", LONG), (255, false), "exit status 255, in time");
    assert_eq!(run("exit 143", LONG), (143, false), "exit status 143, in time");
    assert_eq!(run("kill -s TERM $$", LONG), (SIGTERM, false), "SIGTERM (here: -15), in time");
}

/// The program stops, and a process that it has started lets it go on after 0.1 s.
fn a_stop_is_not_an_end() {
    let stops = format!("{STOP_FOR_A_WHILE}; exit 3");
    assert_eq!(run(&stops, LONG), (3, false), "exit status 3, in time: it stopped and continued");
}

fn the_reaction_to_sigterm_does_not_matter() {
    let script = "trap 'trap \"\" TERM; exit 0' TERM; sleep 100 & wait";
    assert_eq!(run(script, SHORT), (0, true), "exit status 0, too late");
}

fn a_program_that_takes_too_long() {
    let start = Instant::now();
    assert_eq!(run("exec sleep 100", SHORT), (SIGTERM, true), "SIGTERM (here: -15), too late");
    let took = start.elapsed();
    assert!(took >= SHORT, "the limit of {SHORT:?} had not expired: {took:?}");
}

/// The program waits for its own child, which receives SIGTERM too, and needs less time than `GRACE`.
/// (A second SIGTERM, which may come at once, is not to run the trap again.)
fn a_program_that_ends_itself_at_sigterm() {
    let script = "trap 'trap \"\" TERM; wait; echo tidied up; exit 7' TERM; sleep 100 & wait";
    assert_eq!(run(script, SHORT), (7, true), "exit status 7, too late");
}

fn a_program_that_ignores_sigterm() {
    let start = Instant::now();
    assert_eq!(run("trap '' TERM; exec sleep 100", SHORT), (SIGKILL, true), "SIGKILL, too late");
    let took = start.elapsed();
    assert!(took >= SHORT + GRACE, "SIGKILL was sent {took:?} after the start, which is too early");
}

/// The shell waits for both commands. If only the shell is ended, they continue to run.
fn its_descendants_are_ended_too() {
    let script = "sleep 100 & sleep 100 & wait";
    assert_eq!(run(script, SHORT), (SIGTERM, true), "SIGTERM, too late");
}

/// The first process is gone after SIGTERM, but the other one ignores the signal.
fn a_grandchild_that_ignores_sigterm() {
    let script = "(trap '' TERM; exec sleep 100) & exec sleep 100";
    assert_eq!(run(script, SHORT), (SIGTERM, true), "SIGTERM, too late");
}

/// The shell ends at once, but its command does not.
fn processes_left_behind_in_time_are_ended_too() {
    assert_eq!(run("sleep 100 & exit 4", LONG), (4, false), "exit status 4, in time");
}

/// It is gone after SIGKILL only.
fn what_is_left_behind_may_ignore_sigterm() {
    let script = "(trap '' TERM; exec sleep 100) & exit 4";
    assert_eq!(run(script, LONG), (4, false), "exit status 4, in time");
}

/// Each of them is in a session of its own where there is a command for that.
fn forty_processes() {
    let setsid = if cfg!(target_os = "linux") { "setsid" } else { "" };
    let script =
        format!("i=0; while [ $i -lt 40 ]; do {setsid} sleep 100 & i=$((i + 1)); done; exit 4");
    assert_eq!(run(&script, LONG), (4, false), "exit status 4, in time");
}

/// Each of them is in a session of its own, and leaves a line at SIGTERM. The program ends when all of them
/// are there: each has opened `ready`.
#[cfg(target_os = "linux")]
fn each_of_forty_processes_gets_sigterm() {
    let script = r#"
        mkfifo ready hold
        exec 3<>hold 4<>ready
        i=0
        while [ $i -lt 40 ]; do
            setsid sh -c 'trap "echo told >>told; exit" TERM; echo >&4; read line <&3' &
            i=$((i + 1))
        done
        while [ $i -gt 0 ]; do read line <&4; i=$((i - 1)); done
        exit 4"#;
    let ended = run(script, LONG);
    let told = fs::read_to_string("told").unwrap_or_default().lines().count();
    ["told", "ready", "hold"].iter().for_each(|file| drop(fs::remove_file(file)));
    assert_eq!(ended, (4, false), "exit status 4, in time");
    assert_eq!(
        told, 40,
        "how many of 40 processes that were left behind got SIGTERM, and time to react"
    );
}

/// At SIGTERM the program starts a process in another session, and ends. (The status of a shell that gets
/// the signal once more meanwhile depends on the shell.)
#[cfg(target_os = "linux")]
fn a_process_that_is_started_after_sigterm() {
    let script = "trap 'trap \"\" TERM; setsid sleep 100 & exit 5' TERM; sleep 100 & wait";
    let (_, timed_out) = run(script, SHORT);
    assert!(timed_out, "the program was still running when the limit expired");
}

/// `setsid` starts the command in a new session, and so in a new process group.
fn a_grandchild_in_another_session() {
    let script = "setsid sleep 100 & exec sleep 100";
    assert_eq!(run(script, SHORT), (SIGTERM, true), "SIGTERM, too late");
}

/// The program leaves behind a shell in another session, which has a child and a grandchild. Both
/// tidy up at SIGTERM, the grandchild first. The program ends when all of them are there.
fn every_process_of_another_session_gets_sigterm() {
    let script = r#"
        mkfifo ready
        setsid sh -c '
            (
                trap "wait; echo child; exit" TERM
                (trap "echo grandchild; exit" TERM; echo >ready; sleep 100 & wait) &
                wait
            ) &
            wait' &
        read line <ready
        rm ready
        exit 4"#;
    assert_eq!(run(script, LONG), (4, false), "exit status 4, in time");
}

fn a_grandchild_in_another_session_that_ignores_sigterm() {
    let script = "(trap '' TERM; exec setsid sleep 100) & exec sleep 100";
    assert_eq!(run(script, SHORT), (SIGTERM, true), "SIGTERM, too late");
}

/// Both existed before the call, and one has ended. Neither is reaped or killed.
fn a_child_of_the_caller_is_left_alone() {
    let _strangers = [Stranger::alive(), Stranger::zombie()];
    assert_eq!(run("exec sleep 100", SHORT), (SIGTERM, true), "SIGTERM, too late");
    assert_eq!(run("exit 3", LONG), (3, false), "exit status 3, in time");
}

/// It existed before the call. The caller's child waits for it, and ends with its number.
fn a_grandchild_of_the_caller_is_left_alone() {
    let script = "sleep 100 & echo; read line; kill -s USR1 $!; wait $!";
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("a child of the check");
    let _ = child.stdout.take().map(|mut stdout| stdout.read_exact(&mut [0]));
    let ended = run("exec sleep 100", SHORT);
    drop(child.stdin.take());
    let status = child.wait().expect("the check's own child").code();
    assert_eq!(ended, (SIGTERM, true), "SIGTERM, too late");
    let wanted = Some(128 + Signal::SIGUSR1 as i32);
    assert_eq!(
        status, wanted,
        "what ended the caller's grandchild: SIGUSR1, which the check sends afterwards"
    );
}

fn the_parent_sleeps_while_it_waits() {
    assert_eq!(run("exec sleep 0.4", LONG), (0, false), "exit status 0, after 0.4 s");
}

/// No moment is as far away as the longest limit, and no program ends within no time at all.
fn limits_of_any_length() {
    assert_eq!(run("exit 3", Duration::MAX), (3, false), "exit status 3, with the longest limit");
    let without_time = run("exec sleep 100", Duration::ZERO);
    assert_eq!(without_time, (SIGTERM, true), "SIGTERM, too late: the limit was 0");
}

/// A little more than the milliseconds of sixteen bits, than those of 32 bits, and than the nanoseconds of
/// 64 bits.
fn a_limit_may_be_a_large_number() {
    let nanoseconds = Duration::from_nanos(u64::MAX);
    for limit in [Duration::from_millis(1 << 16), Duration::from_millis(1 << 32), nanoseconds] {
        let limit = limit + Duration::from_millis(20);
        assert_eq!(run("sleep 0.1; exit 3", limit), (3, false), "exit status 3; limit {limit:?}");
    }
}

/// A signal handler ran, and a sleep fails with EINTR. That says nothing about the limit.
fn a_signal_interrupts_every_sleep() {
    assert_eq!(run("sleep 0.1; exit 3", LONG), (3, false), "exit status 3, in time");
}

/// A folder is no program. A function that forks and calls exec itself may return a status.
fn a_program_that_cannot_be_run() {
    let outcome = run_with_limit(&["/"], LONG);
    let outcome = outcome.map(|outcome| (outcome.status, outcome.timed_out));
    let right = matches!(outcome, Err(_) | Ok((WaitStatus::Exited(_, 126 | 127), false)));
    assert!(right, "a folder: an error, or exit status 126 or 127 in time\ngot:    {outcome:?}");
}

/// The program reads from the standard input of this process, and finds its environment, its folder and
/// the like.
fn a_program_has_what_the_caller_has() {
    let findings = Findings::of_a_program();
    let script = format!("read line; echo \"$line\" >line; {}", look("found"));
    let ended = with_standard_input(b"text\n", || run(&script, LONG));
    let line = fs::read_to_string("line").unwrap_or_default();
    let _ = fs::remove_file("line");
    findings.assert_found("found", "the program");
    let what = "the line that the program read from this process's standard input";
    assert_eq!((ended, &*line), ((0, false), "text\n"), "status 0, and {what}");
    let (mut reader, writer) = pipe().expect("a pipe for the check");
    let before = io::stderr().as_fd().try_clone_to_owned().expect("a copy of standard error");
    dup2_stderr(writer).expect("another standard error");
    let ended = run("echo message >&2", LONG);
    dup2_stderr(before).expect("the usual standard error");
    let mut heard = String::new();
    reader.read_to_string(&mut heard).expect("what was written to standard error");
    assert_eq!(
        (ended, &*heard),
        ((0, false), "message\n"),
        "what the program wrote to standard error"
    );
}

/// No shell interprets the words.
fn an_argument_is_one_word_whatever_is_in_it() {
    let outcome = run_with_limit(&["printf", "%s\\n", "a  | b;$HOME"], LONG);
    let ended = outcome.map(|outcome| number_of(outcome.status)).ok();
    assert_eq!(ended, Some(0), "printf with an argument that contains special characters");
}

/// ECHILD: another part of the program has waited for the child. How it ended is not known, unless another
/// process waits for it.
fn a_wait_that_fails_is_an_error() {
    let failed = plant(Call::Wait.every().in_parent().fails(Errno::ECHILD));
    let outcome = run_with_limit(&["sh", "-c", "exit 3"], LONG);
    drop(failed);
    wait_for_what_is_left();
    let ended = outcome.map(|outcome| (number_of(outcome.status), outcome.timed_out));
    let right = matches!(ended, Err(_) | Ok((3, false)));
    assert!(right, "exit status 3 in time, and every wait failed with ECHILD\ngot:    {ended:?}");
}

/// The program ends at SIGTERM at once, and what it has started needs a fifth of `GRACE`.
fn descendants_have_all_of_grace() {
    let child = "(trap 'trap \"\" TERM; sleep 0.1; echo tidied up; exit' TERM; sleep 100 & wait) &";
    let script = format!("trap 'trap \"\" TERM; exit 3' TERM; {child} sleep 100 & wait");
    assert_eq!(run(&script, SHORT), (3, true), "exit status 3, too late");
}

/// The first fork fails, then the second, if there is one.
fn a_fork_that_fails_is_an_error() {
    for number in 1..=2 {
        let refused = plant(Call::Fork.nth(number).in_parent().fails(Errno::EAGAIN));
        let outcome = run_with_limit(&["true"], LONG);
        if refused.happened() {
            let error = outcome.map(|outcome| outcome.status);
            let error = error.map_err(|error| error.raw_os_error());
            assert_eq!(error, Err(Some(Errno::EAGAIN as i32)), "fork {number} failed with EAGAIN");
        }
    }
}

/// This process is as it was before. A function that forks and calls exec itself may return the status
/// 127 of its child instead of an error.
fn a_program_that_is_missing() {
    let outcome = run_with_limit(&["no-such-program"], LONG);
    let outcome = outcome.map(|outcome| (outcome.status, outcome.timed_out));
    let right = matches!(outcome, Err(_) | Ok((WaitStatus::Exited(_, 127), false)));
    assert!(
        right,
        "no-such-program: an error, or exit status 127 in time
got:    {outcome:?}"
    );
}

/// The first call leaves nothing behind that affects the second.
fn a_second_call_is_like_the_first() {
    assert_eq!(run("sleep 100 & wait", SHORT), (SIGTERM, true), "SIGTERM, too late");
    assert_eq!(run("exit 3", LONG), (3, false), "a second call: exit status 3, in time");
}

/// The caller adopts orphans too, before the call and after it.
#[cfg(target_os = "linux")]
fn a_caller_that_is_a_subreaper() {
    set_child_subreaper(true).expect("a subreaper for the check");
    grader::baseline();
    assert_eq!(run("exit 3", LONG), (3, false), "exit status 3, in time");
}
