//! Functions that never return, or not in time.

use std::io::{PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::time::Duration;

use grader::WrongAnswer;

use crate::refused;
use crate::tools::{child, pass, reap};

const SHORT: Duration = Duration::from_millis(400);

pub(crate) fn all() -> Vec<WrongAnswer> {
    let mut all = by_read_write_and_wait();
    all.extend(by_other_calls());
    all
}

fn by_read_write_and_wait() -> Vec<WrongAnswer> {
    vec![
        refused!(
            "deadlock",
            waits_for_a_stuck_child,
            "waiting for any child to end",
            "open in 2 and 3"
        ),
        refused!("deadlock", kept_the_write_end, "write end is still open in 2"),
        refused!(
            "deadlock",
            sibling_keeps_the_write_end,
            "pipe A, whose write end is still open in 4",
            "pipe B"
        ),
        refused!(
            "deadlock",
            waits_before_reading,
            "pipe A, which is full; its read end is open in 2 and 3"
        ),
        refused!("deadlock", reads_once, "no more than it holds", "Read until end-of-file"),
        refused!(
            "deadlock",
            waits_at_a_gate,
            "until the check lets it continue",
            "before it has forked another"
        ),
        refused!(
            "timed out",
            loops_before_it_forks.within(SHORT).if_it_hangs("Do you wait before?"),
            "What should end the loop?"
        ),
        refused!("timed out", hangs_beside_a_helper.within(SHORT), "helper of the check: sleeping"),
        refused!("deadlock", stopped_for_good, "It has not ended"),
        refused!("deadlock", lock_of_a_lost_thread, "a lock"),
    ]
}

/// Those that are told by their time, and by other calls than read, write and wait.
fn by_other_calls() -> Vec<WrongAnswer> {
    vec![
        refused!("timed out", sleeps.within(SHORT), "sleeping (sleep)"),
        refused!("timed out", waits_for_a_sleeper.within(SHORT), "waiting for child 3 to end"),
        refused!("timed out", alarm_may_come.within(SHORT), "reading pipe A"),
        refused!("timed out", busy_loop.within(SHORT), "running"),
        refused!("deadlock", polls_for_ever, "waiting until a descriptor is ready (poll)"),
        refused!("deadlock", pair_of_sockets, "other end is still open in 2 and 3"),
        refused!("timed out", polls_with_a_limit.within(SHORT), "(poll)"),
        refused!("timed out", named_pipe.in_empty_folder().within(SHORT), "a named pipe"),
        refused!(
            "deadlock",
            children_wait_for_each_other.if_it_hangs("Do you wait before you fork the next?"),
            "Do you wait before"
        ),
    ]
}

/// The child waits for a signal from its own child, which waits for input from nobody.
fn waits_for_a_stuck_child() {
    let (reader, _writer) = std::io::pipe().expect("pipe failed");
    child(|| {
        read_all(reader);
    });
    let _ = nix::sys::wait::wait();
}

fn read_all(mut reader: PipeReader) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("read failed");
    bytes
}

fn kept_the_write_end() {
    let (reader, mut writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| writer.write_all(b"hi").expect("write failed"));
    read_all(reader);
    reap(child);
}

/// The first child's pipe is inherited by the second, which waits for its own input.
fn sibling_keeps_the_write_end() {
    let (first, writer) = std::io::pipe().expect("pipe failed");
    let (second, second_writer) = std::io::pipe().expect("pipe failed");
    child(|| ());
    child(|| {
        let _inherited = &writer;
        drop(second_writer.try_clone());
        read_all(second);
    });
    drop(writer);
    read_all(first);
    drop(second_writer);
}

fn waits_before_reading() {
    let (reader, mut writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| writer.write_all(&[b'x'; 65_537]).expect("write failed"));
    drop(writer);
    reap(child);
    read_all(reader);
}

/// One call of read is not enough, and the read end stays open.
fn reads_once() {
    let (mut reader, mut writer) = std::io::pipe().expect("pipe failed");
    let child = child(|| writer.write_all(&[b'x'; 200_000]).expect("write failed"));
    drop(writer);
    assert!(reader.read(&mut [0; 100_000]).expect("read failed") > 0);
    reap(child);
}

/// The check holds the child up with a pipe that the author of the function has never seen.
fn waits_at_a_gate() {
    let (mut gate, _open) = std::io::pipe().expect("pipe failed");
    grader::own_pipe(&gate);
    reap(child(|| gate.read_exact(&mut [0]).expect("read failed")));
}

fn loops_before_it_forks() {
    loop {
        std::hint::spin_loop();
    }
}

/// The check has forked a process for itself, twice, so that it is no child of the function's.
fn hangs_beside_a_helper() {
    reap(child(|| {
        child(|| {
            grader::declare_helper();
            pass(9_000);
        });
    }));
    kept_the_write_end();
}

fn stopped_for_good() {
    reap(child(|| {
        nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP).expect("raise failed");
    }));
}

static LOCK: Mutex<()> = Mutex::new(());

/// The thread that holds the lock does not exist in the child.
fn lock_of_a_lost_thread() {
    let (mut locked, tell) = std::io::pipe().expect("pipe failed");
    let (wait, _never) = std::io::pipe().expect("pipe failed");
    std::thread::spawn(move || {
        let _guard = LOCK.lock();
        (&tell).write_all(b"!").expect("write failed");
        read_all(wait);
    });
    locked.read_exact(&mut [0]).expect("read failed");
    reap(child(|| drop(LOCK.lock())));
}

fn poll(milliseconds: Option<u16>) {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let (reader, _writer) = nix::unistd::pipe().expect("pipe failed");
    let limit = milliseconds.map_or(PollTimeout::NONE, PollTimeout::from);
    poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], limit).expect("poll failed");
}

fn polls_for_ever() {
    poll(None);
}

fn polls_with_a_limit() {
    poll(Some(9_000));
}

/// The child waits for a question, the parent for the answer.
fn pair_of_sockets() {
    let (mut one, mut other) = UnixStream::pair().expect("socketpair failed");
    let child = child(|| other.read_exact(&mut [0]).expect("read failed"));
    one.read_exact(&mut [0]).expect("read failed");
    reap(child);
}

fn named_pipe() {
    nix::unistd::mkfifo("fifo", nix::sys::stat::Mode::S_IRWXU).expect("mkfifo failed");
    let _ = std::fs::File::open("fifo");
}

/// End-of-file comes when both children have been forked, which the parent does not do.
fn children_wait_for_each_other() {
    let (reader, writer) = std::io::pipe().expect("pipe failed");
    for _ in 0..2 {
        reap(child(|| {
            read_all(reader.try_clone().expect("dup failed"));
        }));
    }
    drop(writer);
}

fn sleeps() {
    pass(9_000);
}

fn waits_for_a_sleeper() {
    reap(child(sleeps));
}

/// The read would be ended by the alarm's signal.
fn alarm_may_come() {
    nix::unistd::alarm::set(9);
    kept_the_write_end();
}

fn busy_loop() {
    loop {
        std::hint::spin_loop();
    }
}
