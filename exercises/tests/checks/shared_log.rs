//! What your `Log` must do. The checks fork the processes that write to it.

use std::collections::BTreeMap;
use std::env::set_current_dir;
use std::fmt::{self, Display};
use std::path::Path;
use std::{fs, io, process};

use grader::plant::{Call, plant};
use grader::{Check, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::shared_log::Log;

#[path = "tools.rs"]
mod tools;
use tools::{Barrier, Gate, die};

pub(crate) fn suite() -> Suite {
    let checks = [
        check!(a_line_is_pid_and_message).see("logging.md#one-file"),
        check!(existing_lines_are_kept).see("logging.md#append"),
        check!(a_line_survives_its_writer).forks(1).see("logging.md#buffers"),
        check!(the_pid_is_that_of_the_writer).forks(2).see("fork-basics.md#two-memories"),
        check!(a_slow_message_is_not_torn)
            .if_it_hangs(
                "While one process formats its message, it waits until another process has written a line. Format\n\
                 the whole line before you lock anything.",
            )
            .forks(2).see("logging.md#torn-lines"),
        check!(a_long_message_is_not_torn).forks(2).see("logging.md#torn-lines"),
        check!(a_message_is_written_unchanged),
        check!(the_process_may_change_its_folder).forks(0),
        check!(a_line_is_one_call_of_write).forks(0).see("logging.md#torn-lines"),
        check!(every_process_opens_the_log_for_itself).forks(4).see("logging.md#append"),
        check!(two_processes_in_any_order).in_every_order().forks(2).see("logging.md#append"),
        check!(two_logs_are_two_files).forks(0).closes_descriptors(),
        check!(an_error_is_reported).forks(0),
        check!(a_part_of_a_line_is_not_a_line).forks(0).see("logging.md#torn-lines"),
        check!(a_signal_interrupts_the_write).forks(0),
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
    let messages = ["", "  two, and two  ", "\tcafé", "of two\nlines", "ends with a newline\n"];
    let log = open();
    let written = messages.map(|message| log.write(message).is_ok());
    let wanted = messages.map(|message| format!("{} {message}\n", process::id())).concat();
    assert_eq!(take(), wanted, "the log");
    assert_eq!(written, [true; 5], "whether `Log::write` returned Ok");
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

/// The log is opened before the forks, and written to by one child and then by another.
fn the_pid_is_that_of_the_writer() {
    let log = open();
    let [first, second] = [1, 2].map(|_| in_children(1, |_| log.write("here"))[0]);
    assert_eq!(take(), format!("{first} here\n{second} here\n"), "the log");
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
    let calls = ["short".to_owned(), "x".repeat(100_000)].map(|message| {
        let before = calls_of_write();
        let _ = log.write(message);
        calls_of_write().zip(before).map_or(1, |(after, before)| after - before)
    });
    take();
    assert_eq!(calls, [1, 1], "the number of calls of write for a short line, and for a long one");
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

/// A write may transfer only part of the line, and returns how much. It has to be called again for the
/// rest, or the result has to be an error. In the second case, the disk is full then.
fn a_part_of_a_line_is_not_a_line() {
    let log = open();
    let part = plant(Call::Write.nth(1).on_files().short(5));
    let written = log.write("in two parts");
    drop(part);
    let whole = format!("{} in two parts\n", process::id());
    let got = take();
    assert!(
        got == whole || written.is_err(),
        "The first write transferred 5 bytes, and `Log::write` returned {written:?}.\n\
         got:    {got:?}\n\
         wanted: {whole:?}, or an error"
    );

    let log = open();
    let part = plant(Call::Write.nth(1).on_files().short(5));
    let full = plant(Call::Write.from(2).on_files().fails(Errno::ENOSPC));
    let written = log.write("in two parts").map_err(|error| error.kind());
    drop((part, full));
    take();
    assert!(
        written.is_err(),
        "5 bytes were written, then the disk was full, and `Log::write` returned Ok"
    );
}

/// A signal handler ran, and write fails with EINTR. Repeating the call is better than losing the line.
fn a_signal_interrupts_the_write() {
    let log = open();
    let interrupted = plant(Call::Write.odd().on_files().interrupted());
    let written = log.write("after a signal").map_err(|error| error.raw_os_error());
    drop(interrupted);
    let got = take();
    if written != Err(Some(libc::EINTR)) {
        assert_eq!(got, format!("{} after a signal\n", process::id()), "the log");
        assert_eq!(written, Ok(()), "the result of `Log::write`");
    }
}

/// A process is killed at its first system call, then at its second, and so on. The log contains none,
/// one or both of its lines, but no part of a line; and another process can still write.
fn a_writer_may_die_at_any_moment() {
    for call in 1..60 {
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let children = in_children(1, |_| {
            let log = Log::open(path())?;
            log.write("first")?;
            log.write("second")
        });
        let happened = killed.happened();
        drop(killed);
        let written = open().write("still here").map_err(|error| error.to_string());
        assert_eq!(written, Ok(()), "a line after another process was killed at its call {call}");
        let lines = ["first", "second"].map(|message| format!("{} {message}\n", children[0]));
        let last = format!("{} still here\n", process::id());
        let log = take();
        let right = (0..=2).any(|count| log == lines[..count].concat() + &last);
        assert!(
            right,
            "The process was killed at its call {call}. The log has a torn line:\n{log}"
        );
        if !happened {
            break; // it makes fewer calls
        }
    }
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

/// A folder that does not exist; and a full disk, for which Linux has a device.
fn an_error_is_reported() {
    let opened = Log::open(Path::new("missing/shared.log")).map(|_| ());
    let kind = opened.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::NotFound), "opened in a folder that does not exist");
    let refused = plant(Call::Open.every().fails(Errno::EACCES));
    let opened = Log::open(path()).map(|_| ());
    drop(refused);
    let kind = opened.map_err(|error| error.kind());
    assert_eq!(kind, Err(io::ErrorKind::PermissionDenied), "open failed with EACCES");
    if cfg!(target_os = "linux") {
        let written = Log::open(Path::new("/dev/full")).and_then(|log| log.write("no room"));
        let kind = written.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::StorageFull), "a line written to /dev/full");
    }
}
