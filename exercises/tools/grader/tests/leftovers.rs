//! Nothing is left of a check, whoever is killed in the middle of it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

#[path = "tools/fixture.rs"]
mod fixture;

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::unistd::Pid;

use fixture::fixture;

/// All processes started below carry it in their environment.
const MARK: &str = "GRADER_TEST_MARK";

/// The processes that carry the mark `value`. Zombies have no environment any more.
fn marked(value: &str) -> Vec<PathBuf> {
    let wanted = format!("{MARK}={value}");
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let carries = |path: &PathBuf| {
        let environment = std::fs::read(path.join("environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    processes.filter(carries).collect()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let over = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < over, "{what}");
        std::thread::yield_now();
    }
}

/// Harness, supervisor, init, case, shell, and two sleepers.
const ALL: usize = 7;

fn start(mark: &str, variables: &[(&str, &str)]) -> Child {
    // Who starts the tests in the background of a shell script has SIGINT ignored.
    // SAFETY: no handler of anybody is replaced by this one, which is the kernel's own.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.unwrap();
    let mut sample = fixture("sample");
    sample.arg("sleepers").env(MARK, mark).stdout(Stdio::null());
    sample.envs(variables.iter().copied());
    let child = sample.spawn().unwrap();
    wait_until("the sleepers have not come up", || marked(mark).len() >= ALL);
    child
}

fn nothing_is_left_after(signal: Signal, mark: &str, variables: &[(&str, &str)]) {
    let mut harness = start(mark, variables);
    kill(Pid::from_raw(harness.id().cast_signed()), signal).unwrap();
    harness.wait().unwrap();
    wait_until("something is left", || marked(mark).is_empty());
}

#[test]
fn after_ctrl_c() {
    nothing_is_left_after(Signal::SIGINT, "ctrl-c", &[]);
}

#[test]
fn after_sigkill() {
    nothing_is_left_after(Signal::SIGKILL, "sigkill", &[]);
}

#[test]
fn after_sigkill_without_namespaces() {
    let off = [("GRADER_NAMESPACES", "off")];
    nothing_is_left_after(Signal::SIGKILL, "without-namespaces", &off);
}

#[test]
fn after_sigkill_of_the_supervisor() {
    let mut harness = start("supervisor", &[]);
    let supervisor = marked("supervisor").into_iter().find(|path| {
        let arguments = std::fs::read(path.join("cmdline")).unwrap_or_default();
        let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
        let parent = format!("PPid:\t{}\n", harness.id());
        arguments.starts_with(b"grader-supervisor") && status.contains(&parent)
    });
    let supervisor = supervisor.expect("no supervisor");
    let pid = supervisor.file_name().unwrap().to_str().unwrap().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    wait_until("the harness waits for ever", || harness.try_wait().unwrap().is_some());
    assert_eq!(harness.wait().unwrap().code(), Some(101));
    wait_until("something is left", || marked("supervisor").is_empty());
}
