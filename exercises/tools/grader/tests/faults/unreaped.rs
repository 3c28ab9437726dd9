//! Children that nobody waited for.

use std::process::Command;

use grader::WrongAnswer;
use nix::unistd::{Pid, setsid};

use crate::refused;
use crate::tools::{child, end, forked, pass, reap, until_ended};

pub(crate) fn all() -> Vec<WrongAnswer> {
    vec![
        refused!("not waited for", zombies, "2 children had not been waited for"),
        refused!("not waited for", one_of_three, "2 children had not been waited for"),
        refused!("not waited for", ended_a_little_later, "1 child had not been waited for"),
        refused!("not waited for", zombie_of_a_child, "Deeper in the process tree"),
        refused!("not waited for", zombie_by_command, "1 child had not been waited for"),
        refused!("not waited for", grandchild_ends_later, "Deeper in the process tree"),
        refused!("still running", orphan, "3 orphan: sleeping (sleep)"),
        refused!("still running", command_not_waited_for),
        refused!("still running", daemon, "1 process was still alive"),
        refused!("still running", daemon_that_may_be_there_once.may_leave_a_daemon()),
        refused!("wrong number of processes", none_at_all.forks(2), "0 processes"),
        refused!("wrong number at once", one_after_the_other.forks(3).at_once(3, 3), "At most 1"),
        refused!("wrong number at once", all_at_the_same_time.forks(3).at_once(1, 2), "At most 3"),
    ]
}

fn zombies() {
    for child in [child(|| ()), child(|| ())] {
        until_ended(child);
    }
}

fn one_of_three() {
    let all = [child(|| ()), child(|| ()), child(|| ())];
    reap(all[0]);
}

fn ended_a_little_later() {
    child(|| pass(30));
}

fn zombie_of_a_child() {
    reap(child(|| until_ended(child(|| ()))));
}

fn zombie_by_command() {
    #[expect(clippy::zombie_processes, reason = "that is the mistake")]
    let child = Command::new("true").spawn().expect("true cannot be run");
    until_ended(Pid::from_raw(child.id().cast_signed()));
}

fn grandchild_ends_later() {
    reap(child(|| {
        child(|| pass(30));
    }));
}

/// It would outlive the harness's patience with the supervisor.
fn orphan() {
    child(|| pass(60_000));
}

fn command_not_waited_for() {
    #[expect(clippy::zombie_processes, reason = "that is the mistake")]
    Command::new("sleep").arg("9").spawn().expect("sleep cannot be run");
}

fn daemon() {
    reap(child(|| {
        setsid().expect("setsid failed");
        child(|| pass(9_000));
    }));
}

fn daemon_that_may_be_there_once() {
    daemon();
}

fn none_at_all() {}

fn one_after_the_other() {
    for _ in 0..3 {
        reap(child(|| ()));
    }
}

/// Each child waits for end-of-file, which comes when the last one has been forked.
fn all_at_the_same_time() {
    let (reader, writer) = std::io::pipe().expect("pipe failed");
    let mut children = Vec::new();
    for _ in 0..3 {
        match forked() {
            Some(child) => children.push(child),
            None => {
                drop(writer);
                std::io::Read::read_to_end(&mut &reader, &mut Vec::new()).expect("read failed");
                end(0)
            }
        }
    }
    drop(writer);
    for child in children {
        reap(child);
    }
}
