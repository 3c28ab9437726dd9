//! What is right, and must pass.

#[cfg(target_os = "linux")]
mod planted;
#[path = "../tools/mod.rs"]
mod tools;

use std::process::{Command, ExitCode, exit};
use std::time::Duration;

use grader::{Suite, check};
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::WaitStatus;
use nix::unistd::{Pid, setsid};

use tools::{child, end, forked, pass, reap};

fn main() -> ExitCode {
    let suites = [
        passing(),
        #[cfg(target_os = "linux")]
        planted::suite(),
    ];
    grader::main(suites)
}

fn passing() -> Suite {
    Suite::new(
        "passing",
        [
            check!(one_child).forks(1).at_once(1, 1).closes_descriptors(),
            check!(many_children_one_at_a_time).forks(100).at_once(1, 1),
            check!(exit_statuses_are_told).forks(3),
            check!(children_exit_normally).forks(1).prints("kid\n"),
            check!(exits_with_3).exits_with(3),
            check!(a_daemon_is_allowed).may_leave_a_daemon().prints("daemon\n"),
            check!(a_fork_fails).fork_fails_after(1).forks(1),
            check!(a_child_panics_on_purpose),
            check!(a_command),
            check!(a_slow_one).within(Duration::from_secs(5)),
            check!(a_woken_reader).within(Duration::from_secs(5)),
            check!(a_timer_ends_the_wait).within(Duration::from_secs(5)),
            check!(files_are_removed).in_empty_folder(),
            check!(nothing_to_read),
            check!(lines_in_any_order).prints_in_any_order(&["b", "a"]),
            check!(two_children_in_every_order).in_every_order().forks(2),
            check!(a_spinning_child_in_every_order).in_every_order().forks(1),
        ],
    )
}

fn one_child() {
    let child = forked().unwrap_or_else(|| end(3));
    assert_eq!(reap(child), WaitStatus::Exited(child, 3));
}

fn many_children_one_at_a_time() {
    for _ in 0..100 {
        reap(child(|| ()));
    }
}

/// By `exit`, by `_exit`, and by a signal, which leaves none.
fn exit_statuses_are_told() {
    reap(child(|| exit(3)));
    reap(child(|| raise(Signal::SIGKILL).expect("raise failed")));
    reap(forked().unwrap_or_else(|| end(255)));
    assert_eq!(grader::exit_statuses(), [3, 255]);
}

fn children_exit_normally() {
    reap(child(|| {
        println!("kid");
        exit(0)
    }));
}

fn exits_with_3() {
    exit(3)
}

fn a_daemon_is_allowed() {
    reap(child(|| {
        setsid().expect("setsid failed");
        child(|| {
            pass(50);
            println!("daemon");
        });
    }));
}

fn a_fork_fails() {
    reap(child(|| ()));
    // SAFETY: a case has one thread.
    let second = unsafe { nix::unistd::fork() };
    assert!(matches!(second, Err(nix::errno::Errno::EAGAIN)), "{second:?}");
}

fn a_child_panics_on_purpose() {
    let child = forked().unwrap_or_else(|| {
        let result = std::panic::catch_unwind(|| panic!("on purpose"));
        end(if result.is_err() { 101 } else { 0 })
    });
    assert_eq!(reap(child), WaitStatus::Exited(child, 101));
}

fn a_command() {
    assert!(Command::new("true").status().expect("true cannot be run").success());
}

/// Longer than it takes to find a case hanging.
fn a_slow_one() {
    reap(child(|| pass(500)));
}

/// It is blocked for longer than it takes to find a case hanging; but who will wake it, sleeps.
fn a_woken_reader() {
    let (mut reader, writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| {
        pass(500);
        std::io::Write::write_all(&mut &writer, b"!").expect("write failed");
    });
    std::io::Read::read_exact(&mut reader, &mut [0]).expect("read failed");
    reap(child);
}

extern "C" fn nothing(_: i32) {}

/// Only the alarm's signal can end this read.
fn a_timer_ends_the_wait() {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGALRM, &action) }.expect("sigaction failed");
    grader::baseline();
    let (reader, _writer) = nix::unistd::pipe().expect("pipe failed");
    nix::unistd::alarm::set(1);
    let result = nix::unistd::read(&reader, &mut [0]);
    assert_eq!(result, Err(nix::errno::Errno::EINTR));
}

fn files_are_removed() {
    std::fs::write("1.txt", "text").expect("write failed");
    std::fs::remove_file("1.txt").expect("remove failed");
}

fn nothing_to_read() {
    let input = std::io::read_to_string(std::io::stdin()).expect("read failed");
    assert_eq!(input, "", "standard input");
}

fn lines_in_any_order() {
    let [a, b] = ["a", "b"].map(|line| child(|| println!("{line}")));
    reap(b);
    reap(a);
    let nobody = nix::sys::wait::waitpid(Pid::from_raw(-1), None);
    assert_eq!(nobody, Err(nix::errno::Errno::ECHILD));
}

/// Waits for each by its PID, so the order does not matter.
fn two_children_in_every_order() {
    let children = [1, 2].map(|status| (forked().unwrap_or_else(|| end(status)), status));
    for (child, status) in children {
        assert_eq!(reap(child), WaitStatus::Exited(child, status));
    }
}

/// An order in which only the child goes on never ends, and says nothing.
fn a_spinning_child_in_every_order() {
    let (mut reader, mut writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| while !std::path::Path::new("go").exists() {});
    std::fs::write("go", "").expect("write failed");
    std::io::Write::write_all(&mut writer, b".").expect("write failed");
    std::io::Read::read_exact(&mut reader, &mut [0]).expect("read failed");
    reap(child);
    std::fs::remove_file("go").expect("remove failed");
}
