//! What your `Log` must do. The checks fork the processes that write to it.

use std::collections::BTreeMap;
use std::env::set_current_dir;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::{fs, io, process};

use grader::{Check, Suite, check};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::shared_log::Log;

#[path = "edges.rs"]
mod edges;
#[path = "shared_log/errors.rs"]
mod errors;
#[path = "tools.rs"]
mod tools;
use edges::{ODD, odd_name};
use errors::{
    a_line_may_be_written_in_many_parts, a_part_of_a_line_is_not_a_line,
    a_signal_interrupts_the_write, a_writer_may_die_at_any_moment, after_an_error_the_log_goes_on,
    an_error_is_reported,
};
use tools::{Barrier, Gate, die, panic_on_purpose};

pub(crate) fn suite() -> Suite {
    let checks = [
        check!(a_line_is_pid_and_message).see("logging.md#one-file"),
        check!(existing_lines_are_kept).see("logging.md#append"),
        check!(a_line_survives_its_writer).forks(1).see("logging.md#buffers"),
        check!(the_pid_is_that_of_the_writer).forks(3).see("fork-basics.md#two-memories"),
        check!(a_slow_message_is_not_torn)
            .if_it_hangs(
                "While one process formats its message, it waits until another process has written a line. Format\n\
                 the whole line before you lock anything.",
            )
            .forks(2).see("logging.md#torn-lines"),
        check!(a_long_message_is_not_torn).forks(2).see("logging.md#torn-lines"),
        check!(a_message_is_written_unchanged),
        check!(a_line_may_have_any_length).forks(0).see("logging.md#torn-lines"),
        check!(a_message_may_come_twice_or_not_at_all).forks(1),
        check!(a_path_may_have_any_name).forks(0),
        check!(the_process_may_change_its_folder).forks(0),
        check!(a_line_is_one_call_of_write).forks(0).see("logging.md#torn-lines"),
        check!(every_process_opens_the_log_for_itself).forks(4).see("logging.md#append"),
        check!(two_processes_in_any_order).in_every_order().forks(2).see("logging.md#append"),
        check!(two_logs_are_two_files).forks(0).closes_descriptors(),
        check!(an_error_is_reported).forks(0),
        check!(a_part_of_a_line_is_not_a_line).forks(0).see("logging.md#torn-lines"),
        check!(a_line_may_be_written_in_many_parts).forks(0).see("logging.md#torn-lines"),
        check!(a_signal_interrupts_the_write).forks(0),
        check!(after_an_error_the_log_goes_on).forks(0),
        check!(a_writer_may_die_at_any_moment)
            .if_it_hangs(
                "A process was killed while it was writing, and the next process waits for something that it left\n\
                 behind, such as a file that serves as a lock.",
            )
            .see("logging.md#torn-lines"),
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

/// The contents of the log, which is then removed.
fn take() -> String {
    let bytes = fs::read(path()).unwrap_or_default();
    let _ = fs::remove_file(path());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Compares without regard to the order of lines, and shortens long lines.
fn assert_lines(log: &str, wanted: impl IntoIterator<Item = String>) {
    assert!(log.ends_with('\n'), "The last line does not end with a newline: {:?}", brief(log));
    let mut missing: BTreeMap<String, usize> = BTreeMap::new();
    for line in wanted {
        *missing.entry(line).or_default() += 1;
    }
    for line in log.lines() {
        match missing.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => panic!("No process wrote this line:\n{}", brief(line)),
        }
    }
    if let Some((line, _)) = missing.iter().find(|(_, count)| **count > 0) {
        panic!("A line is missing:\n{}", brief(line));
    }
}

/// The start and the end of a long line.
fn brief(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 120 {
        return text.to_owned();
    }
    let (start, end) = (&chars[..50], &chars[chars.len() - 50..]);
    let (start, end) = (String::from_iter(start), String::from_iter(end));
    format!("{start} … ({} characters in all) … {end}", chars.len())
}

/// Two lines, from one process.
fn a_line_is_pid_and_message() {
    let written = {
        let log = open();
        [log.write("started"), log.write(format_args!("{} files done", 3))]
    };
    let me = process::id();
    assert_eq!(take(), format!("{me} started\n{me} 3 files done\n"), "the log");
    assert!(written.iter().all(Result::is_ok), "`Log::write` returned {written:?}");
}

/// A message is not changed, and an empty message has a line too.
fn a_message_is_written_unchanged() {
    let messages = [
        "",
        "  two, and two  ",
        "\tcafé",
        "of two\nlines",
        "ends with a newline\n",
        "zero \0 byte",
        "\r\n",
        "\r",
    ];
    let log = open();
    let written = messages.map(|message| log.write(message).is_ok());
    let wanted = messages.map(|message| format!("{} {message}\n", process::id())).concat();
    assert_eq!(take(), wanted, "the log");
    assert_eq!(written, [true; 8], "whether `Log::write` returned Ok");
}

/// No buffer is large enough for every line, and no count of sixteen bits.
fn a_line_may_have_any_length() {
    for length in [1, 4095, 8192, 65_535, 70_000, 3_000_000] {
        let message = "0123456789".repeat(length / 10 + 1);
        let written = open().write(&message[..length]).map_err(|error| error.to_string());
        let (log, wanted) = (take(), format!("{} {}\n", process::id(), &message[..length]));
        assert!(
            log == wanted,
            "A message of {} was written.\n\
             got:    {}\n\
             wanted: {}",
            grader::count(length, "byte", "bytes"),
            brief(&log),
            brief(&wanted)
        );
        assert_eq!(written, Ok(()), "the result of `Log::write`");
    }
}

/// The same message twice gives two lines. Then a message panics in a child while it is formatted: it has no line, and
/// the child can still write.
fn a_message_may_come_twice_or_not_at_all() {
    struct Panics;
    impl Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic_on_purpose()
        }
    }
    let log = open();
    let written = [log.write("again").is_ok(), log.write("again").is_ok()];
    let me = process::id();
    assert_eq!(take(), format!("{me} again\n{me} again\n"), "the log");
    assert_eq!(written, [true; 2], "whether `Log::write` returned Ok");
    let log = open();
    let child = in_children(1, |_| {
        let _ = catch_unwind(AssertUnwindSafe(|| log.write(Panics)));
        let written = catch_unwind(AssertUnwindSafe(|| log.write("after a panic")));
        written.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
    })[0];
    let wanted = format!("{child} after a panic\n");
    assert_eq!(take(), wanted, "the log of a process in which a message had panicked before");
}

/// A path is a sequence of bytes: it may contain a newline, be long, and need not be UTF-8.
fn a_path_may_have_any_name() {
    let path = Path::new(".").join(odd_name());
    let written = Log::open(&path).and_then(|log| log.write("here"));
    let log = fs::read_to_string(&path);
    let _ = fs::remove_file(&path);
    let written = written.map_err(|error| error.to_string());
    assert_eq!(written, Ok(()), "a line in a log {ODD}");
    let wanted = format!("{} here\n", process::id());
    assert_eq!(log.ok(), Some(wanted), "the contents of a log {ODD}");
}

/// A relative path is resolved when the log is opened. A process may change its folder afterwards.
fn the_process_may_change_its_folder() {
    let log = open();
    let [there, back] = ["elsewhere", ".."].map(Path::new);
    fs::create_dir(there).and_then(|()| set_current_dir(there)).expect("a folder for the check");
    let written = log.write("from elsewhere").map_err(|error| error.to_string());
    let astray = path().exists();
    let _ = fs::remove_file(path());
    set_current_dir(back).and_then(|()| fs::remove_dir(there)).expect("the check's own folder");
    assert!(
        !astray,
        "The line went into a second log, in the folder to which the process had changed."
    );
    assert_eq!(take(), format!("{} from elsewhere\n", process::id()), "the log");
    assert_eq!(written, Ok(()), "the result of `Log::write`");
}

/// An existing log, and a log that is opened a second time.
fn existing_lines_are_kept() {
    let _ = fs::write(path(), "of yesterday\n");
    for message in ["first", "second"] {
        let _ = open().write(message);
    }
    let me = process::id();
    assert_eq!(take(), format!("of yesterday\n{me} first\n{me} second\n"), "the log");
}

/// Text in the buffers of a killed process is lost, but a log is needed most after a process was killed.
fn a_line_survives_its_writer() {
    let children = in_children(1, |_| {
        let log = Log::open(path())?;
        log.write("the last line of this process")?;
        die()
    });
    let wanted = format!("{} the last line of this process\n", children[0]);
    assert_eq!(take(), wanted, "the log of a process that was killed after its line");
}

/// The log is opened before the forks, and written to by one child and then by another; then by this
/// process, by a third child, and by a thread of this process.
fn the_pid_is_that_of_the_writer() {
    let log = open();
    let [first, second] = [1, 2].map(|_| in_children(1, |_| log.write("here"))[0]);
    assert_eq!(take(), format!("{first} here\n{second} here\n"), "the log");
    let log = open();
    let me = process::id();
    let _ = log.write("here");
    let third = in_children(1, |_| log.write("here"))[0];
    let _ = std::thread::spawn(|| open().write("here").is_ok()).join();
    let wanted = format!("{me} here\n{third} here\n{me} here\n");
    assert_eq!(take(), wanted, "the log of process {me}, its child, and a thread of process {me}");
}

/// A message whose formatting waits in the middle until another process has written a line.
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

/// If a line is written while it is formatted, other lines end up inside it.
fn a_slow_message_is_not_torn() {
    write_while_another_formats("half");
}

/// The same with 20,000 characters, more than a `BufWriter` holds.
fn a_long_message_is_not_torn() {
    write_while_another_formats(&"x".repeat(10_000));
}

/// Between two calls, another process may write, however rarely. Linux counts the calls of each process;
/// where no system counts them, nothing is checked.
fn a_line_is_one_call_of_write() {
    let log = open();
    let calls = [5, 100_000, 3_000_000].map(|length| "x".repeat(length)).map(|message| {
        let before = calls_of_write();
        let _ = log.write(message);
        calls_of_write().zip(before).map_or(1, |(after, before)| after - before)
    });
    take();
    assert_eq!(
        calls, [1; 3],
        "the number of calls of write for lines of 5, 100,000, and 3,000,000 characters"
    );
}

/// How often this process has called write, from proc_pid_io(5).
fn calls_of_write() -> Option<u64> {
    let counts = fs::read_to_string("/proc/self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("syscw: ")?.parse().ok())
}

/// Each process then has a file position of its own, and writes long lines as fast as it can. In the
/// log, the lines of each process are in the order in which it wrote them.
fn every_process_opens_the_log_for_itself() {
    let barrier: Barrier<4> = Barrier::new();
    let message = |number: usize| format!("line {number} {}", "x".repeat(50_000));
    let children = in_children(4, |index| {
        let log = Log::open(path())?;
        barrier.pass(index);
        (0..50).try_for_each(|number| log.write(message(number)))
    });
    let log = take();
    let of_child = |child: &Pid| -> Vec<String> {
        (0..50).map(|number| format!("{child} {}", message(number))).collect()
    };
    assert_lines(&log, children.iter().flat_map(of_child));
    for child in children {
        let start = format!("{child} ");
        let lines: Vec<&str> = log.lines().filter(|line| line.starts_with(&start)).collect();
        assert!(
            lines == of_child(&child),
            "The lines of process {child} are not in the order in which it wrote them."
        );
    }
}

/// Two processes open a log that does not exist yet, and write a line each, in every order.
fn two_processes_in_any_order() {
    let children = in_children(2, |_| Log::open(path())?.write("here"));
    assert_lines(&take(), children.iter().map(|child| format!("{child} here")));
}

/// Each log has its own file, even in one process, and closes it when the log is dropped.
fn two_logs_are_two_files() {
    let other = Path::new("other.log");
    let logs = [Log::open(path()), Log::open(other)];
    for (log, message) in logs.iter().zip(["to the first", "to the second"]) {
        let written = log.as_ref().map(|log| log.write(message).is_ok());
        assert!(matches!(written, Ok(true)), "a line {message} of two logs");
    }
    drop(logs);
    let of_the_other = fs::read_to_string(other);
    let _ = fs::remove_file(other);
    assert_eq!(take(), format!("{} to the first\n", process::id()), "the first log");
    let wanted = format!("{} to the second\n", process::id());
    assert_eq!(of_the_other.ok(), Some(wanted), "the second log");
}
