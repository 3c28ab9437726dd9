//! What your `Log` must do. The checks fork the processes that write to it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::Path;
use std::{fs, io, process};

use grader::{Check, Suite, check};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::shared_log::Log;

#[path = "tools.rs"]
mod tools;
use tools::{Barrier, Gate, die};

pub(crate) fn suite() -> Suite {
    let checks = [
        check!(a_line_is_pid_and_message).see("logging.md#one-file"),
        check!(what_is_in_the_file_stays).see("logging.md#append"),
        check!(a_line_survives_its_writer).forks(1).see("logging.md#buffers"),
        check!(the_pid_is_that_of_the_writer).forks(2).see("fork-basics.md#two-memories"),
        check!(a_message_that_takes_its_time_is_not_torn).forks(2).see("logging.md#torn-lines"),
        check!(a_long_message_is_not_torn).forks(2).see("logging.md#torn-lines"),
        check!(long_lines_in_a_crowd_are_not_torn).forks(6).see("logging.md#torn-lines"),
        check!(every_process_opens_the_log_for_itself).forks(4).see("logging.md#append"),
        check!(an_error_is_told).forks(0),
    ];
    Suite::new("shared_log", checks.map(Check::in_empty_folder))
}

fn path() -> &'static Path {
    Path::new("shared.log")
}

fn open() -> Log {
    match Log::open(path()) {
        Ok(log) => log,
        Err(error) => panic!("Log::open fails: {error}"),
    }
}

/// Forks `count` children, waits for them, and returns their PIDs.
fn in_children(count: usize, work: impl Fn(usize) -> io::Result<()>) -> Vec<Pid> {
    let start = |index| {
        // SAFETY: a check has one thread.
        match unsafe { fork() } {
            Ok(ForkResult::Parent { child }) => child,
            Ok(ForkResult::Child) => process::exit(i32::from(work(index).is_err())),
            Err(error) => panic!("a child for the check: {error}"),
        }
    };
    let children: Vec<Pid> = (0..count).map(start).collect();
    for child in &children {
        let _ = waitpid(*child, None);
    }
    children
}

/// What is in the log, which is then removed.
fn take() -> String {
    let bytes = fs::read(path()).unwrap_or_default();
    let _ = fs::remove_file(path());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Compares without regard to the order of lines, and does not show more of a line than helps.
fn assert_lines(log: &str, wanted: impl IntoIterator<Item = String>) {
    assert!(log.ends_with('\n'), "The last line does not end: {:?}", brief(log));
    let mut missing: BTreeMap<String, usize> = BTreeMap::new();
    for line in wanted {
        *missing.entry(line).or_default() += 1;
    }
    for line in log.lines() {
        match missing.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => panic!("A line that nobody wrote like this:\n{}", brief(line)),
        }
    }
    if let Some((line, _)) = missing.iter().find(|(_, count)| **count > 0) {
        panic!("A line is missing:\n{}", brief(line));
    }
}

/// The start and the end of a long text.
fn brief(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 120 {
        return text.to_owned();
    }
    let (start, end) = (&chars[..50], &chars[chars.len() - 50..]);
    let (start, end) = (String::from_iter(start), String::from_iter(end));
    format!("{start} … and so on, {} characters in all … {end}", chars.len())
}

/// Two lines, from one process.
fn a_line_is_pid_and_message() {
    let written = {
        let log = open();
        [log.write("started"), log.write(format_args!("{} files done", 3))]
    };
    let me = process::id();
    assert_eq!(take(), format!("{me} started\n{me} 3 files done\n"), "the log");
    assert!(written.iter().all(Result::is_ok), "write returned {written:?}");
}

/// The log of yesterday, and a log that is opened a second time.
fn what_is_in_the_file_stays() {
    let _ = fs::write(path(), "of yesterday\n");
    for message in ["first", "second"] {
        let _ = open().write(message);
    }
    let me = process::id();
    assert_eq!(take(), format!("of yesterday\n{me} first\n{me} second\n"), "the log");
}

/// What a killed process had in its buffers is lost. A log is read when something was killed.
fn a_line_survives_its_writer() {
    let children = in_children(1, |_| {
        let log = Log::open(path())?;
        log.write("the last that was heard of me")?;
        die()
    });
    let wanted = format!("{} the last that was heard of me\n", children[0]);
    assert_eq!(take(), wanted, "the log of a process that was killed after its line");
}

/// The log is opened before the forks, and written to by one child and then by another.
fn the_pid_is_that_of_the_writer() {
    let log = open();
    let [first, second] = [1, 2].map(|_| in_children(1, |_| log.write("here"))[0]);
    assert_eq!(take(), format!("{first} here\n{second} here\n"), "the log");
}

/// A message that, when half of it is formatted, waits until another process has written a line.
struct Slow<'a> {
    half: &'a str,
    begun: &'a Gate,
    other_wrote: &'a Gate,
}

impl Display for Slow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.half)?;
        self.begun.open();
        self.other_wrote.wait();
        f.write_str(self.half)
    }
}

fn write_while_another_formats(half: &str) {
    let log = open();
    let (begun, other_wrote) = (Gate::new(), Gate::new());
    let children = in_children(2, |index| {
        if index == 0 {
            return log.write(Slow { half, begun: &begun, other_wrote: &other_wrote });
        }
        begun.wait();
        let written = log.write("between");
        other_wrote.open();
        written
    });
    let slow = format!("{} {half}, {half}", children[0]);
    assert_lines(&take(), [slow, format!("{} between", children[1])]);
}

/// A line that is written as it is formatted has other lines in it.
fn a_message_that_takes_its_time_is_not_torn() {
    write_while_another_formats("half");
}

/// The same with 20,000 characters, more than a `BufWriter` holds.
fn a_long_message_is_not_torn() {
    write_while_another_formats(&"x".repeat(10_000));
}

/// Six processes write as fast as they can, lines of 100,000 characters. If a line took two calls
/// of write, somebody would come between.
fn long_lines_in_a_crowd_are_not_torn() {
    let log = open();
    let barrier: Barrier<6> = Barrier::new();
    let message = |index: usize| ["a", "b", "c", "d", "e", "f"][index].repeat(100_000);
    let children = in_children(6, |index| {
        let message = message(index);
        barrier.pass(index);
        (0..40).try_for_each(|_| log.write(&message))
    });
    let line = |(index, child)| format!("{child} {}", message(index));
    let lines = children.iter().enumerate().map(line);
    assert_lines(&take(), lines.flat_map(|line| vec![line; 40]));
}

/// Each has a file position of its own then. What is in the order of time for one of them is so
/// in the log.
fn every_process_opens_the_log_for_itself() {
    let barrier: Barrier<4> = Barrier::new();
    let children = in_children(4, |index| {
        let log = Log::open(path())?;
        barrier.pass(index);
        (0..50).try_for_each(|number| log.write(format_args!("line {number}")))
    });
    let log = take();
    let of_child = |child: &Pid| (0..50).map(|number| format!("{child} line {number}")).collect();
    assert_lines(&log, children.iter().flat_map(of_child as fn(&Pid) -> Vec<String>));
    for child in children {
        let start = format!("{child} ");
        let lines: Vec<&str> = log.lines().filter(|line| line.starts_with(&start)).collect();
        assert_eq!(lines, of_child(&child), "the lines of one process, in order");
    }
}

/// A folder that is not there; and a disk that is full, which on Linux is a device.
fn an_error_is_told() {
    let opened = Log::open(Path::new("missing/shared.log")).map(|_| ());
    let kind = opened.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::NotFound), "opened in a folder that does not exist");
    if cfg!(target_os = "linux") {
        let written = Log::open(Path::new("/dev/full")).and_then(|log| log.write("no room"));
        let kind = written.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::StorageFull), "a line written to /dev/full");
    }
}
