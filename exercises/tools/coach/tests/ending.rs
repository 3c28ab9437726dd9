//! However the coach ends, the terminal is as it was, and no process is left.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

mod tools;

use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use testkit::Terminal;
use tools::{Workbook, reference};

/// An answer whose check goes on until somebody stops it.
fn hang() -> String {
    reference("fork_basics").replace("match unsafe", "loop {}\n    match unsafe")
}

/// The coach, with a check that hangs, and is built: while other tests build, that may take long.
fn hanging(workbook: &Workbook) -> Terminal {
    workbook.save("fork_basics", &hang());
    workbook.build();
    let screen = workbook.on_terminal(30, 80, &["fork_basics"]);
    screen.wait_for("Checking…");
    screen
}

/// The coach's own PID.
fn coach(workbook: &Workbook) -> Pid {
    let alive = workbook.alive();
    let line = alive.iter().find(|line| line.contains("debug/coach\0")).unwrap();
    pid(line)
}

/// The program with the checks, which the coach has started.
fn checks(workbook: &Workbook) -> Pid {
    tools::running(workbook, "deps/checks-");
    let alive = workbook.alive();
    pid(alive.iter().find(|line| line.contains("deps/checks-")).unwrap())
}

fn pid(line: &str) -> Pid {
    Pid::from_raw(line.split('"').nth(1).unwrap().parse().unwrap())
}

#[test]
fn by_ctrl_c_or_a_signal() {
    let workbook = Workbook::built("ending");
    let mut screen = hanging(&workbook);
    screen.type_in("\x03");
    let (finished, _) = screen.finish();
    finished.assert_interrupted();
    assert_eq!(workbook.alive(), Vec::<String>::new(), "after Ctrl-C");

    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let screen = hanging(&workbook);
        kill(coach(&workbook), signal).unwrap();
        let (finished, _) = screen.finish();
        assert_eq!(finished.code(), None, "ended by {signal}: {}", finished.stdout);
        finished.assert_nothing_left();
        assert_eq!(workbook.alive(), Vec::<String>::new(), "after {signal}");
    }
}

/// SIGKILL cannot be handled, and still what runs below the coach ends with it.
#[test]
fn by_being_killed() {
    let workbook = Workbook::built("killed");
    let screen = hanging(&workbook);
    let checks = checks(&workbook);
    kill(coach(&workbook), Signal::SIGKILL).unwrap();
    drop(screen.finish());
    // An orphan now, and this process has adopted it.
    let status = waitpid(checks, None).unwrap();
    assert!(matches!(status, WaitStatus::Signaled(_, Signal::SIGKILL, _)), "{status:?}");
    tools::soon("everything has ended", || workbook.alive().is_empty());
}

/// The settings of a terminal are the same before and after.
#[test]
fn the_terminal_is_as_it_was() {
    for (how, exit) in [("q", "exit: 0"), ("\x03", "exit: 130")] {
        let workbook = Workbook::built("settings");
        let mut screen = with_settings(&workbook);
        screen.type_in(how);
        screen.wait_for("same");
        screen.wait_for(exit);
        screen.type_in("\n");
        screen.finish().0.assert_nothing_left();
    }
}

/// Also when a signal from elsewhere ends the coach, in the middle of a check.
#[test]
fn the_terminal_is_as_it_was_after_a_signal() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        let workbook = Workbook::built("signalled");
        workbook.save("fork_basics", &hang());
        let mut screen = with_settings(&workbook);
        screen.wait_for("Checking…");
        kill(coach(&workbook), signal).unwrap();
        screen.wait_for("same");
        screen.wait_for(&format!("exit: {}", 128 + signal as i32));
        screen.type_in("\n");
        screen.finish().0.assert_nothing_left();
    }
}

/// A shell that starts the coach, and says afterwards whether the terminal is the `same`.
fn with_settings(workbook: &Workbook) -> Terminal {
    let screen = workbook.in_shell(&format!(
        "before=$(stty -g); {} fork_basics; code=$?; echo; [ \"$before\" = \"$(stty -g)\" ] && echo same; \
         echo exit: $code; read line",
        workbook.coach()
    ));
    screen.wait_for("q quit");
    screen
}

/// Somebody else, as the system when memory is short, kills the checks: the coach goes on.
#[test]
fn not_because_the_checks_were_killed() {
    let workbook = Workbook::built("oom");
    let mut screen = hanging(&workbook);
    kill(checks(&workbook), Signal::SIGKILL).unwrap();
    screen.wait_for("That did not work.");
    screen.wait_for("signal: 9");
    screen.type_in("q");
    screen.finish().0.assert_code(0);
    tools::soon("everything has ended", || workbook.alive().is_empty());
}

#[test]
fn a_panic_gives_the_terminal_back_and_leaves_nothing() {
    let panics = Path::new(env!("CARGO_BIN_EXE_coach")).with_file_name("examples/panics");
    if !panics.exists() {
        tools::build_fixture("panics"); // as `cargo test` has done, unless one test target was asked for
    }
    let workbook = Workbook::new("panic");
    let mut screen = workbook.in_shell(&format!(
        "before=$(stty -g); {}; [ \"$before\" = \"$(stty -g)\" ] && echo same; read line",
        tools::quoted(&panics)
    ));
    let shown = screen.wait_for("same");
    assert!(shown.lines().any(|line| line == "on purpose"), "{shown}");
    assert_eq!(workbook.alive().len(), 1, "but for the shell: {:?}", workbook.alive());
    screen.type_in("\n");
    screen.finish().0.assert_nothing_left();
}
