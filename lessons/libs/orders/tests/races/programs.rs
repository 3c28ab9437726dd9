//! Races among processes that were reported in public, each written anew as small as it gets.
//! Each prints `BAD` in the orders in which it goes wrong, or waits for ever.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, wait, waitpid};
use nix::unistd::{Pid, pause};

use crate::tools::{all_end, child, on, say};

/// A program, with the report behind it.
pub(crate) struct Race {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    pub(crate) program: fn() -> i32,
    /// The same without the race, where that is a matter of a few words.
    pub(crate) mended: Option<fn() -> i32>,
}

pub(crate) fn all() -> Vec<Race> {
    let race = |name, source, program, mended| Race { name, source, program, mended };
    vec![
        race("lock_file_checked_then_created", "OpenVTC/openvtc#45", checked, Some(exclusive)),
        race("counter_read_then_written", "tigerless-labs/autoharness#156", counter, Some(locked)),
        race("one_wait_for_each_sigchld", "nerves-project/erlinit#52", one_wait, None),
        race("pause_after_a_check", "gmr/rejected#89", paused, None),
        race("library_waits_for_any", "util-linux/util-linux#531", steals, Some(waits_for_its_own)),
        race("pid_file_of_an_ended_process", "wazuh/wazuh#38733", pid_file, None),
        race("log_rotated_between_open_and_write", "osquery/osquery#5761", rotation, None),
        race("lock_file_removed_after_unlocking", "derpston/python-simpleflock#2", unlinked, None),
        race("signal_before_the_handler", "code-yeongyu/senpi#1417", early, None),
        race("folder_checked_then_made", "GalSim-developers/GalSim#777", folder, Some(folder_once)),
        race("append_without_o_append", "man 2 open, O_APPEND", seeks, Some(appends)),
    ]
}

fn checked() -> i32 {
    let enter = || {
        if !Path::new("lock").exists() {
            let _ = File::create("lock");
            say("in ");
        }
    };
    child(0, enter);
    enter();
    all_end();
    say("end");
    0
}

fn exclusive() -> i32 {
    let enter = || {
        if OpenOptions::new().write(true).create_new(true).open("lock").is_ok() {
            say("in ");
        }
    };
    child(0, enter);
    enter();
    all_end();
    say("end");
    0
}

fn add_one(file: &str) {
    let value: u32 = fs::read_to_string(file).unwrap_or_default().parse().unwrap_or(0);
    let _ = fs::write(file, (value + 1).to_string());
}

fn counted() -> i32 {
    all_end();
    let lost = fs::read_to_string("counter").is_ok_and(|value| value != "2");
    say(if lost { "BAD" } else { "good" });
    0
}

fn counter() -> i32 {
    child(0, || add_one("counter"));
    child(0, || add_one("counter"));
    counted()
}

fn locked() -> i32 {
    let add = || {
        let file = File::create("lock").expect("a file");
        let _lock = Flock::lock(file, FlockArg::LockExclusive).expect("a lock");
        add_one("counter");
    };
    child(0, add);
    child(0, add);
    counted()
}

extern "C" fn wait_once(_: i32) {
    if waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok() {
        say(".");
    }
}

/// Two ends can be one signal, and then one child is never waited for.
fn one_wait() -> i32 {
    on(Signal::SIGCHLD, wait_once);
    let children = [child(0, || ()), child(0, || ())];
    let gone = |pid: &Pid| kill(*pid, None).is_err();
    let mut left = children.len();
    while left > 0 {
        pause();
        left = children.iter().filter(|pid| !gone(pid)).count();
    }
    0
}

extern "C" fn note(_: i32) {
    NOTED.store(true, std::sync::atomic::Ordering::Relaxed);
}

static NOTED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

fn paused() -> i32 {
    on(Signal::SIGCHLD, note);
    child(0, || ());
    while !NOTED.load(std::sync::atomic::Ordering::Relaxed) {
        pause();
    }
    say("good");
    0
}

fn helper_then(wait_for: fn(Pid)) -> i32 {
    let mine = child(0, || ());
    let helper = child(0, || ());
    wait_for(helper);
    say(if waitpid(mine, None).is_err() { "BAD" } else { "good" });
    0
}

fn steals() -> i32 {
    helper_then(|_| {
        let _ = wait();
    })
}

fn waits_for_its_own() -> i32 {
    helper_then(|helper| {
        let _ = waitpid(helper, None);
    })
}

fn pid_file() -> i32 {
    let daemon = child(0, || {
        let _ = fs::write("pid", std::process::id().to_string());
        let _ = fs::remove_file("pid");
    });
    let pid = fs::read_to_string("pid").ok().and_then(|text| text.parse().ok());
    if waitpid(daemon, Some(WaitPidFlag::WNOHANG)).is_ok_and(|status| status.pid().is_some())
        && pid.is_some()
    {
        let sent = kill(Pid::from_raw(pid.unwrap_or(0)), Signal::SIGTERM);
        say(if sent.is_err() { "BAD" } else { "good" });
    }
    all_end();
    0
}

fn rotation() -> i32 {
    let _ = fs::write("log", "");
    child(0, || {
        let mut log = OpenOptions::new().append(true).open("log").expect("the log");
        let _ = log.write_all(b"line");
    });
    let _ = fs::rename("log", "log.1");
    let rotated = fs::read_to_string("log.1").unwrap_or_default();
    let _ = fs::remove_file("log.1"); // it has been sent away
    let _ = fs::write("log", "");
    all_end();
    let kept = fs::read_to_string("log").unwrap_or_default();
    say(if rotated.is_empty() && kept.is_empty() { "BAD" } else { "good" });
    0
}

fn unlinked() -> i32 {
    let enter = || {
        let file = File::create("lock").expect("a file");
        let lock = Flock::lock(file, FlockArg::LockExclusive).expect("a lock");
        say("(");
        say(")");
        drop(lock);
        let _ = fs::remove_file("lock");
    };
    // It takes three: the second waits for the file that the first removes, the third makes anew.
    child(0, enter);
    child(0, enter);
    enter();
    all_end();
    0
}

fn early() -> i32 {
    extern "C" fn polite(_: i32) {
        say("good");
    }
    let worker = child(0, || on(Signal::SIGTERM, polite));
    let _ = kill(worker, Signal::SIGTERM);
    if waitpid(worker, None)
        .is_ok_and(|status| matches!(status, nix::sys::wait::WaitStatus::Signaled(..)))
    {
        say("BAD");
    }
    0
}

fn folder() -> i32 {
    let prepare = || {
        if !Path::new("out").exists() && fs::create_dir("out").is_err() {
            say("BAD");
        }
    };
    child(0, prepare);
    prepare();
    all_end();
    0
}

fn folder_once() -> i32 {
    let prepare = || {
        if fs::create_dir_all("out").is_err() {
            say("BAD");
        }
    };
    child(0, prepare);
    prepare();
    all_end();
    0
}

fn logged() -> i32 {
    all_end();
    let length = fs::metadata("log").map_or(0, |log| log.len());
    say(if length < 2 { "BAD" } else { "good" });
    0
}

fn seeks() -> i32 {
    let write = || {
        let mut log = OpenOptions::new().write(true).create(true).truncate(false).open("log");
        if let Ok(log) = &mut log {
            let _ = log.seek(SeekFrom::End(0));
            let _ = log.write_all(b"x");
        }
    };
    child(0, write);
    write();
    logged()
}

fn appends() -> i32 {
    let write = || {
        let log = OpenOptions::new().append(true).create(true).open("log");
        let _ = log.and_then(|mut log| log.write_all(b"x"));
    };
    child(0, write);
    write();
    logged()
}
