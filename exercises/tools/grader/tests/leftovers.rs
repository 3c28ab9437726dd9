//! Nothing is left of a check, whichever of its processes is killed in the middle of it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

#[path = "tools/fixture.rs"]
mod fixture;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::unistd::Pid;
use procinfo::Stat;

use fixture::fixture;

/// Supervisor, init, test process, shell, and two sleepers.
const ALL: usize = 6;

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let over = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < over, "{what}");
        std::thread::yield_now();
    }
}

/// A run of the harness with a check that does not end.
struct Run {
    harness: Child,
    /// The processes below it. A PID may be used again, so it is known by its start too.
    processes: Vec<Stat>,
}

impl Run {
    fn start(variables: &[(&str, &str)]) -> Run {
        // Tests that are started in the background of a shell script have SIGINT ignored.
        // SAFETY: this handler replaces none but the kernel's own.
        unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.unwrap();
        let mut sample = fixture("sample");
        sample.arg("sleepers").stdout(Stdio::null()).envs(variables.iter().copied());
        let mut run = Run { harness: sample.spawn().unwrap(), processes: Vec::new() };
        wait_until("the sleepers have not come up", || {
            let below = procinfo::descendants(run.pid(), 100).unwrap_or_default();
            run.processes = below.into_iter().filter_map(|pid| procinfo::stat(pid).ok()).collect();
            let sleepers = run.processes.iter().filter(|process| process.name == "sleep").count();
            run.processes.len() >= ALL && sleepers == 2
        });
        run
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.harness.id().cast_signed())
    }

    fn nothing_is_left(&self) -> bool {
        let same = |process: &Stat| {
            let now = procinfo::stat(process.pid);
            now.is_ok_and(|now| now.start == process.start && !now.state.has_ended())
        };
        !self.processes.iter().any(same)
    }
}

fn nothing_is_left_after(signal: Signal, variables: &[(&str, &str)]) {
    let mut run = Run::start(variables);
    kill(run.pid(), signal).unwrap();
    run.harness.wait().unwrap();
    wait_until("something is left", || run.nothing_is_left());
}

#[test]
fn after_ctrl_c() {
    nothing_is_left_after(Signal::SIGINT, &[]);
}

#[test]
fn after_sigkill() {
    nothing_is_left_after(Signal::SIGKILL, &[]);
}

#[test]
fn after_sigkill_without_namespaces() {
    nothing_is_left_after(Signal::SIGKILL, &[("GRADER_NAMESPACES", "off")]);
}

#[test]
fn after_sigkill_of_the_supervisor() {
    let mut run = Run::start(&[]);
    let supervisor = run.processes.iter().find(|process| process.parent == run.pid());
    let supervisor = supervisor.unwrap().pid;
    kill(supervisor, Signal::SIGKILL).unwrap();
    wait_until("the harness waits for ever", || run.harness.try_wait().unwrap().is_some());
    assert_eq!(run.harness.wait().unwrap().code(), Some(101));
    wait_until("something is left", || run.nothing_is_left());
    let files = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    let name = format!("grader-{supervisor}-");
    let left = files.filter(|file| file.file_name().to_string_lossy().starts_with(&name)).count();
    assert_eq!(left, 0, "its folder is left");
}
