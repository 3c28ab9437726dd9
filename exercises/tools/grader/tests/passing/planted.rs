//! Faults that a check plants happen where it says, and nowhere else; processes of its own are
//! not counted.

use std::io::{ErrorKind, Read, Write, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Helper, Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::select::{FdSet, pselect};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, fork};

use crate::tools::{bare_fork, child, end, reap};

pub(crate) fn suite() -> Suite {
    let mut checks = vec![
        check!(raw_calls_meet_rules).forks(1).at_once(1, 1),
        check!(only_one_fork_fails).fork_fails(2).forks(2).at_once(1, 1),
        check!(only_the_third_pipe_is_refused),
        check!(a_disk_is_full_and_a_pipe_is_not).in_empty_folder(),
        check!(waits_are_interrupted).plant(Call::Wait.odd().interrupted()).forks(2),
        check!(bytes_come_one_by_one),
        check!(a_write_is_torn).forks(1),
        check!(a_child_ends_badly_after_good_data).forks(2),
        check!(calls_are_counted).forks(1),
        check!(a_signal_arrives_before_the_second_wait).forks(2),
        check!(accept_and_pselect_meet_rules),
        check!(a_child_dies_between_any_two_calls).within(Duration::from_secs(10)),
        check!(strangers_are_left_alone).forks(1).at_once(1, 1),
        check!(a_helper_is_no_child).forks(1).at_once(1, 1),
        check!(a_thread_is_none).forks(0),
        check!(two_processes_see_the_same_pid_and_time).forks(2),
    ];
    let [_, notifier, own_proc] = grader::guards();
    let is_supervisor = std::env::var_os("GRADER_CASE").is_some(); // of what the harness has chosen
    if is_supervisor || own_proc.missing.is_none() {
        checks.push(check!(no_process_outside_is_in_sight));
    }
    if is_supervisor || notifier.missing.is_none() {
        checks.push(check!(raw_clones_are_processes).forks(3).at_once(1, 1));
        checks.push(check!(a_command_is_a_process).forks(1));
    }
    Suite::new("planted", checks)
}

/// # Safety
///
/// The process must have one thread, as that of a check has.
unsafe fn try_fork() -> nix::Result<()> {
    // SAFETY: as the caller promises.
    match unsafe { fork() }? {
        ForkResult::Child => end(0),
        ForkResult::Parent { child } => nix::sys::wait::waitpid(child, None).map(drop),
    }
}

fn only_one_fork_fails() {
    // SAFETY: a check has one thread.
    let results = [(); 3].map(|()| unsafe { try_fork() });
    assert_eq!(results, [Ok(()), Err(Errno::EAGAIN), Ok(())]);
}

fn only_the_third_pipe_is_refused() {
    let refused = |results: [bool; 4]| results.iter().position(|made| !made);
    for n in 1..=5 {
        let planted = plant(Call::Pipe.nth(n).in_parent().fails(Errno::EMFILE));
        let results = [(); 4].map(|()| pipe().is_ok());
        let wanted = (n <= 4).then_some(n as usize - 1);
        assert_eq!((refused(results), planted.happened()), (wanted, n <= 4));
    }
    assert!([(); 4].iter().all(|()| pipe().is_ok()), "a rule that was dropped still holds");
}

fn a_disk_is_full_and_a_pipe_is_not() {
    let planted = plant(Call::Write.from(2).on_files().fails(Errno::ENOSPC));
    let mut file = std::fs::File::create("text").expect("create failed");
    let (_reader, mut writer) = pipe().expect("pipe failed");
    for _ in 0..2 {
        writer.write_all(b"!").expect("a write to the pipe failed");
    }
    file.write_all(b"one").expect("the first write to the file failed");
    for _ in 0..2 {
        let error = file.write_all(b"more").expect_err("the disk is not full");
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
    assert_eq!(planted.times(), 2);
    std::fs::remove_file("text").expect("remove failed");
}

/// A wait that does not sleep is not interrupted, and does not count.
fn waits_are_interrupted() {
    for _ in 0..2 {
        let (reader, writer) = pipe().expect("pipe failed");
        let child = child(|| drop((&reader).read(&mut [0])));
        let at_once = Some(nix::sys::wait::WaitPidFlag::WNOHANG);
        for _ in 0..3 {
            let alive = nix::sys::wait::waitpid(child, at_once);
            assert_eq!(alive, Ok(WaitStatus::StillAlive));
        }
        assert_eq!(nix::sys::wait::waitpid(child, None), Err(Errno::EINTR));
        (&writer).write_all(b".").expect("write failed");
        reap(child);
    }
}

fn bytes_come_one_by_one() {
    let (mut reader, mut writer) = pipe().expect("pipe failed");
    writer.write_all(b"four").expect("write failed");
    let planted = plant(Call::Read.every().on_pipes().short(1));
    let mut bytes = [0; 4];
    assert_eq!(reader.read(&mut bytes).expect("read failed"), 1);
    reader.read_exact(&mut bytes[1..]).expect("read failed");
    assert_eq!((&bytes, planted.times()), (b"four", 4));
}

fn a_write_is_torn() {
    let (mut reader, mut writer) = pipe().expect("pipe failed");
    let planted = plant(Call::Write.nth(1).in_child(0).torn_after(3));
    let child = child(|| writer.write_all(b"answer").expect("write failed"));
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("read failed");
    assert_eq!(text, "ans");
    assert_eq!(reap(child), WaitStatus::Signaled(child, Signal::SIGKILL, false));
    assert!(planted.happened());
}

fn a_child_ends_badly_after_good_data() {
    let _planted = plant(Call::Exit.nth(1).in_child(1).exits(3));
    let [first, second] = [(); 2].map(|()| child(|| println!("data")));
    assert_eq!(reap(first), WaitStatus::Exited(first, 0));
    assert_eq!(reap(second), WaitStatus::Exited(second, 3));
}

/// Two writes of the child's; the other process's is none of them.
fn calls_are_counted() {
    let (_reader, writer) = pipe().expect("pipe failed");
    let writes = plant(Call::Write.every().in_children().is_counted());
    (&writer).write_all(b"!").expect("write failed");
    reap(child(|| {
        for _ in 0..2 {
            (&writer).write_all(b"!").expect("write failed");
        }
    }));
    assert_eq!(writes.times(), 2);
}

fn accept_and_pselect_meet_rules() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind failed");
    let _client = TcpStream::connect(listener.local_addr().expect("no address"));
    let refused = plant(Call::Accept.nth(1).in_parent().fails(Errno::EMFILE));
    let error = listener.accept().map(drop).map_err(|error| error.raw_os_error());
    assert_eq!((error, refused.times()), (Err(Some(libc::EMFILE)), 1));
    let interrupted = plant(Call::Poll.nth(1).in_parent().interrupted());
    let wait = || {
        let mut readable = FdSet::new();
        readable.insert(listener.as_fd());
        pselect(None, &mut readable, None, None, None, None)
    };
    assert_eq!((wait(), wait()), (Err(Errno::EINTR), Ok(1)));
    assert_eq!(interrupted.times(), 1);
    assert!(listener.accept().is_ok(), "the second call is made");
}

/// It is blocked, so it can be seen. The call is made all the same.
fn a_signal_arrives_before_the_second_wait() {
    let term = SigSet::from(Signal::SIGTERM);
    let before = term.thread_swap_mask(SigmaskHow::SIG_BLOCK).expect("sigmask failed");
    let planted = plant(Call::Wait.nth(2).in_parent().receives(Signal::SIGTERM));
    reap(child(|| ()));
    assert!(!planted.happened(), "it came with the first wait");
    reap(child(|| ()));
    assert!(planted.happened(), "it did not come with the second wait");
    assert_eq!(term.wait(), Ok(Signal::SIGTERM)); // hangs if there is none
    before.thread_set_mask().expect("sigmask failed");
}

/// The child makes four calls that are counted: read, write, close and exit.
fn a_child_dies_between_any_two_calls() {
    let mut positions = 0;
    for n in 1.. {
        let (reader, writer) = pipe().expect("pipe failed");
        let planted = plant(Call::Any.nth(n).in_child(0).killed_by(Signal::SIGKILL));
        (&writer).write_all(b"?").expect("write failed");
        let child = child(|| {
            (&reader).read_exact(&mut [0]).expect("read failed");
            (&writer).write_all(b"!").expect("write failed");
            // SAFETY: the child does not use the descriptor any more.
            unsafe { libc::close(writer.as_raw_fd()) };
        });
        let killed = matches!(reap(child), WaitStatus::Signaled(..));
        assert_eq!(killed, planted.happened(), "at call {n}");
        if !killed {
            break;
        }
        positions = n;
    }
    assert_eq!(positions, 4);
}

fn strangers_are_left_alone() {
    let strangers = [Stranger::alive(), Stranger::zombie()];
    let child = child(|| ());
    assert!(strangers.iter().all(|stranger| stranger.pid() != child));
    reap(child);
}

fn a_helper_is_no_child() {
    let (mut reader, writer) = pipe().expect("pipe failed");
    let _helper = Helper::start(|| {
        let _ = (&writer).write_all(b"!");
        nix::unistd::pause();
    });
    reader.read_exact(&mut [0]).expect("read failed");
    reap(child(|| ()));
    assert_eq!(nix::sys::wait::wait(), Err(Errno::ECHILD));
}

fn raw_clone() -> i64 {
    // SAFETY: the child only ends.
    unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) }
}

fn raw_clone3() -> i64 {
    let mut arguments: libc::clone_args = unsafe_zeroed();
    arguments.exit_signal = libc::SIGCHLD as u64;
    // SAFETY: the arguments are those of a fork, and as long as it says; the child only ends.
    unsafe { libc::syscall(libc::SYS_clone3, &raw mut arguments, size_of::<libc::clone_args>()) }
}

fn unsafe_zeroed() -> libc::clone_args {
    // SAFETY: zeroes are valid for a structure of integers.
    unsafe { std::mem::zeroed() }
}

/// The function `syscall` meets the rules too.
fn raw_calls_meet_rules() {
    let _second_fork = plant(Call::Fork.nth(2).in_parent().fails(Errno::EAGAIN));
    let _bad_end = plant(Call::Exit.nth(1).in_child(0).exits(7));
    match raw_clone() {
        0 => end(0),
        child => {
            let child = nix::unistd::Pid::from_raw(child as i32);
            assert_eq!(reap(child), WaitStatus::Exited(child, 7));
        }
    }
    assert_eq!((raw_clone(), Errno::last()), (-1, Errno::EAGAIN));
    let (reader, writer) = pipe().expect("pipe failed");
    let _short = plant(Call::Write.nth(1).on_pipes().short(1));
    // SAFETY: the two bytes are a constant.
    let written = unsafe { libc::syscall(libc::SYS_write, writer.as_raw_fd(), c"ab".as_ptr(), 2) };
    assert_eq!(written, 1);
    drop(reader);
}

fn raw_clones_are_processes() {
    for clone in [raw_clone, raw_clone3, || i64::from(bare_fork())] {
        match clone() {
            0 => end(0),
            child @ 1.. => drop(reap(nix::unistd::Pid::from_raw(child as i32))),
            _ => panic!("clone failed: {}", Errno::last()),
        }
    }
}

fn a_command_is_a_process() {
    assert!(std::process::Command::new("true").status().expect("true cannot be run").success());
}

/// A thread that has been joined is no thread that was left, even if the kernel still has it.
fn a_thread_is_none() {
    for _ in 0..100 {
        std::thread::spawn(|| ()).join().expect("the thread panicked");
    }
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| ()); // the scope waits for its work only
        }
    });
}

/// Init and the test process.
fn no_process_outside_is_in_sight() {
    assert_eq!(procinfo::pids().expect("no /proc").len(), 2, "processes in sight");
    let exposed = std::fs::read_dir("/proc/1/fd").is_ok_and(|files| files.count() > 0);
    let root = nix::unistd::geteuid().is_root();
    assert!(root || !exposed, "the files of the process that supervises are in sight");
}

/// What the processor counts.
fn cycles() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: all of them count.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// With PIDs and clocks frozen, only what is random differs between two processes.
fn two_processes_see_the_same_pid_and_time() {
    let (mut reader, writer) = pipe().expect("pipe failed");
    let frozen = grader::freeze_identity();
    let children = [(); 2].map(|()| {
        child(|| {
            let time = std::time::SystemTime::now();
            let file = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
            // SAFETY: takes nothing.
            let pid = unsafe { libc::syscall(libc::SYS_getpid) };
            let line = format!("{} {pid} {time:?} {file} {};", std::process::id(), cycles());
            (&writer).write_all(line.as_bytes()).expect("write failed");
        })
    });
    drop(frozen);
    drop(writer);
    for child in children {
        reap(child);
    }
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("read failed");
    let (first, second) = text.trim_end_matches(';').split_once(';').expect("two lines");
    assert_eq!(first, second);
    assert_ne!(std::process::id(), 5_000_001, "it is still frozen");
    assert_ne!(cycles(), cycles(), "the cycles are still frozen");
}
