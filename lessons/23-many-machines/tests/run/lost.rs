//! One of the processes ends in the middle. None of the others waits for it for ever.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use crate::files::expected_report;
use nix::sys::signal::Signal;
use tempfile::TempDir;
use testkit::Lesson;

use crate::hosts::Hosts;
use crate::running::Running;
use crate::{endless, folder_with, lesson, names};

/// Two workers, and a file that is not there: a row in a report that is not printed.
const ARGS: [&str; 3] = ["-w", "2", "missing"];

/// A process at each of these, in the middle of its work, and the folder with that.
fn busy(hosts: &Hosts) -> (Vec<Running>, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    endless(folder.path());
    let start = |number| {
        let mut command = lesson(folder.path());
        Running::start(hosts.process(&mut command, number).args(["--own", "endless"]))
    };
    let mut running: Vec<Running> = (0..hosts.addresses.len()).map(start).collect();
    running.iter_mut().for_each(|process| process.wait_for(" takes 1 of 1 files: endless\n"));
    (running, folder)
}

#[test]
fn a_killed_process_is_named_and_the_others_end() {
    for killed in [0, 1] {
        let hosts = Hosts::local(2);
        let (mut running, _folder) = busy(&hosts);
        running[killed].signal(Signal::SIGKILL);
        let end = running.remove(1 - killed).finish();
        let address = &hosts.addresses[killed];
        let lost = format!(
            "process {} of 2 has lost process {killed} ({address}): the connection was closed\n",
            1 - killed
        );
        end.assert_failed_with(&[&lost, "hint: it was killed, or", "start all processes again"]);
        assert!(!end.stderr.contains("panicked"), "{}", end.stderr);
    }
}

/// Each of the two has lost the third, or the one that noticed it before.
#[test]
fn all_of_three_end_if_one_does() {
    let (mut running, _folder) = busy(&Hosts::local(3));
    running[1].signal(Signal::SIGKILL);
    running.remove(1).finish();
    for process in running {
        process.finish().assert_failed_with(&[" of 3 has lost process "]);
    }
}

#[test]
fn ctrl_c_ends_one_at_once_and_the_other_says_so() {
    let (mut running, _folder) = busy(&Hosts::local(2));
    running[1].signal(Signal::SIGINT);
    let end = running.remove(1).finish();
    assert_eq!(end.status.signal(), Some(Signal::SIGINT as i32), "{end:?}");
    running.remove(0).finish().assert_failed_with(&["process 0 of 2 has lost process 1 "]);
}

/// Each of the four threads in turn: two that serve the connection, two that work.
#[test]
fn a_process_that_is_refused_a_thread_says_so_and_the_other_ends() {
    for threads in 0..4 {
        let hosts = Hosts::local(2);
        let folder = Path::new(".");
        let mut zero = Running::start(hosts.process(&mut lesson(folder), 0).args(ARGS));
        zero.wait_for("listens");
        let one = Lesson::new(env!("CARGO_BIN_EXE_lesson-many-machines"));
        let args = hosts.arguments(1).into_iter().chain(ARGS.map(Into::into));
        let one = match one.args(args).refuse_forks_after(threads) {
            Ok(one) => one.run(),
            Err(why) => return testkit::skip(format!("refusing thread {}: {why}", threads + 1)),
        };
        one.assert_code(1);
        assert!(one.stderr.contains(" failed: Resource temporarily"), "{}", one.stderr);
        assert!(one.stderr.contains("\nhint: "), "{}", one.stderr);
        assert!(!one.stderr.contains("panicked"), "{}", one.stderr);
        zero.finish().assert_failed_with(&["process 0 of 2 has lost process 1 "]);
    }
}

/// Not to be heard of and to work long are two things. A process that is stopped says nothing for
/// longer than the limit, and its machine answers for it.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time that passes is the subject")]
fn a_process_that_only_takes_long_is_not_given_up() {
    let (folder, _) = folder_with(1);
    let holes = File::create(folder.path().join("2.txt")).expect("a new file");
    holes.set_len(100 << 20).expect("enough to be in the middle of it");
    let hosts = Hosts::local(2);
    let start = |number: usize| {
        let mut command = lesson(folder.path());
        Running::start(hosts.process(&mut command, number).args(["--limit", "1"]).args(names(2)))
    };
    let [mut zero, mut one] = [0, 1].map(start);
    zero.wait_for("takes 1 of 2");
    one.wait_for("takes 1 of 2");
    one.signal(Signal::SIGSTOP);
    std::thread::sleep(Duration::from_millis(2500));
    one.signal(Signal::SIGCONT);
    let end = zero.finish();
    end.assert_code(0);
    assert_eq!(end.stdout, expected_report(folder.path(), 2));
}
