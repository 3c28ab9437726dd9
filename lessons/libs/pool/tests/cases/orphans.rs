//! What becomes of the workers when the parent is killed or interrupted.

use std::os::unix::process::ExitStatusExt;
use std::process;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use pool::Pool;

use crate::Case;
use crate::alone::{Process, SOON};

/// Parents that are killed. Each says "ready" and does not end by itself.
pub(crate) const PARENTS: &[Case] = &[
    ("parent_of_busy_workers", busy),
    ("parent_of_idle_workers", idle),
    ("parent_of_two_pools", two_pools),
];

/// A test that starts a parent and does something to it.
pub(crate) type Trial = (&'static str, fn() -> Result<(), String>);

pub(crate) const TRIALS: &[Trial] = &[
    ("parent_killed_workers_busy", || killed("parent_of_busy_workers")),
    ("parent_killed_workers_idle", || killed("parent_of_idle_workers")),
    ("parent_of_two_pools_killed", || killed("parent_of_two_pools")),
    ("ctrl_c_to_the_group_workers_busy", || interrupted("parent_of_busy_workers")),
    ("ctrl_c_to_the_group_workers_idle", || interrupted("parent_of_idle_workers")),
];

fn busy() {
    let pool = Pool::new(2, |x: u64| {
        if x < 2 {
            println!("ready");
        }
        loop {
            wait_for_ever();
        }
    });
    let _: Vec<()> = pool.unwrap().map(0..10).unwrap();
}

fn idle() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    pool.map(0..10).unwrap();
    println!("ready\nready");
    wait_for_ever();
}

/// The second pool is made when the first has workers, and the first then gets a new one: so each
/// might have copies of the other's sockets.
fn two_pools() {
    let first = Pool::new(2, |x: u64| if x == 1 { process::exit(1) } else { x }).unwrap();
    let second = Pool::new(2, |x: u64| x).unwrap();
    assert!(first.apply(1).is_err());
    assert_eq!(first.map(2..20).unwrap().len(), 18);
    assert_eq!(second.map(0..10).unwrap().len(), 10);
    println!("ready\nready");
    wait_for_ever();
}

#[expect(clippy::disallowed_methods, reason = "it waits for a signal, which orders nothing")]
fn wait_for_ever() {
    std::thread::sleep(Duration::from_secs(3600));
}

/// Kills the parent. Its workers end, too, and say nothing.
fn killed(parent: &str) -> Result<(), String> {
    let mut process = Process::start(parent);
    let ready = [process.line(), process.line()];
    assert_eq!(ready, ["ready", "ready"]);
    kill(process.group, Signal::SIGKILL).expect("the parent is there");
    let (status, output, outlived) = process.end()?;
    assert_eq!(status.signal(), Some(Signal::SIGKILL as i32));
    assert_eq!(output, "");
    assert!(outlived <= SOON, "workers there for {outlived:?}");
    Ok(())
}

/// Does what Ctrl-C does. All end at once, by the signal, and say nothing.
fn interrupted(parent: &str) -> Result<(), String> {
    let mut process = Process::start(parent);
    let ready = [process.line(), process.line()];
    assert_eq!(ready, ["ready", "ready"]);
    killpg(process.group, Signal::SIGINT).expect("the parent is there");
    let (status, output, outlived) = process.end()?;
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32));
    assert_eq!(output, "");
    assert!(outlived <= SOON, "workers there for {outlived:?}");
    Ok(())
}
