//! The kernel's answers about processes that this test has started itself. It has one thread that
//! forks, and its children do nothing that needs another.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, getpid, getppid};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    // The library runs a single thread's trials in the main one, so that forking is safe.
    let mut trials = vec![trial("end_group_refuses_what_kill_takes_for_more", refused_groups)];
    if cfg!(target_os = "linux") {
        trials.extend([
            trial("stat_of_this_process", own_stat),
            trial("stat_of_a_zombie", zombie),
            trial("stat_of_no_process", no_process),
            trial("threads_are_counted", threads),
            trial("descendants_come_after_their_parents", family),
            trial("descendants_stop_at_the_limit", limited_family),
            trial("command_line_with_empty_arguments", arguments_of_a_program),
            trial("status_fields", status_fields),
            trial("a_child_dies_with_its_parent", death_with_parent),
            trial("a_parent_that_has_ended_is_noticed", dead_parent),
            trial("a_subreaper_adopts", subreaper),
            trial("end_group_lets_processes_end_themselves", gentle_end),
            trial("end_group_kills_what_ignores_sigterm", hard_end),
            trial("end_group_reaches_stopped_processes", stopped_end),
            trial("end_group_without_grace", instant_end),
            trial("end_group_after_lets_the_first_process_end_itself", end_of_leader),
        ]);
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, body: fn() -> io::Result<()>) -> Trial {
    Trial::test(name, move || body().map_err(Failed::from))
}

/// Forks a child that runs `body` and ends.
fn child(body: impl FnOnce()) -> io::Result<Pid> {
    // SAFETY: the tests run in the main thread, and no other thread is alive.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            body();
            // SAFETY: ends this child without running what its parent has left to do at exit.
            unsafe { nix::libc::_exit(7) }
        }
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "not so after 20 s: {what}");
        std::thread::yield_now();
    }
}

fn own_stat() -> io::Result<()> {
    let stat = procinfo::stat(getpid())?;
    assert_eq!((stat.pid, stat.parent), (getpid(), getppid()));
    assert_eq!(stat.group, nix::unistd::getpgrp());
    assert_eq!(stat.state, procinfo::State::Running);
    assert!(procinfo::pids()?.contains(&getpid()));
    assert!(procinfo::processes()?.iter().any(|process| process.pid == getpid()));
    Ok(())
}

fn zombie() -> io::Result<()> {
    let pid = child(|| ())?;
    until("a zombie", || procinfo::stat(pid).is_ok_and(|stat| stat.state.has_ended()));
    assert_eq!(procinfo::stat(pid)?.wait_status, 7 << 8);
    assert_eq!(procinfo::command_line(pid)?, [""; 0]);
    waitpid(pid, None)?;
    Ok(())
}

fn no_process() -> io::Result<()> {
    let pid = child(|| ())?;
    waitpid(pid, None)?;
    let error = procinfo::stat(pid).expect_err("it has been waited for");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains(&format!("/proc/{pid}/stat")), "{error}");
    Ok(())
}

fn threads() -> io::Result<()> {
    let before = procinfo::thread_count()?;
    let (read, write) = io::pipe()?;
    let thread = std::thread::spawn(move || (&read).read(&mut [0]));
    assert_eq!(procinfo::thread_count()?, before + 1);
    drop(write);
    thread.join().expect("it only reads")?;
    // `join` returns when the thread has let go of its stack, a moment before the kernel forgets it.
    until("one thread less", || procinfo::thread_count().is_ok_and(|count| count == before));
    Ok(())
}

/// A child with two children, all of which wait until the pipe's other end is closed.
fn with_grandchildren(check: impl FnOnce(Pid) -> io::Result<()>) -> io::Result<()> {
    let (ready, tell) = io::pipe()?;
    let (gate, hold) = io::pipe()?;
    let pid = child(|| {
        for _ in 0..2 {
            let _ = child(|| {
                close_here(&hold);
                let _ = (&tell).write_all(b"!");
                let _ = (&gate).read(&mut [0]);
            });
        }
        close_here(&hold);
        let _ = (&gate).read(&mut [0]);
        while waitpid(None::<Pid>, None).is_ok() {}
    })?;
    (&ready).read_exact(&mut [0; 2])?;
    let result = check(pid);
    drop(hold);
    waitpid(pid, None)?;
    result
}

/// Closes this process's copy of a descriptor that its parent goes on using. The child ends by
/// `_exit`, so the number is not closed a second time.
fn close_here(descriptor: &impl AsRawFd) {
    nix::unistd::close(descriptor.as_raw_fd()).unwrap_or_else(|_| std::process::abort());
}

fn family() -> io::Result<()> {
    with_grandchildren(|pid| {
        assert!(procinfo::children_of(getpid())?.contains(&pid));
        let below = procinfo::descendants(getpid(), 100)?;
        assert_eq!((below.len(), below[0]), (3, pid));
        let parents = below.iter().map(|pid| procinfo::stat(*pid).map(|stat| stat.parent));
        let parents: Vec<Pid> = parents.collect::<io::Result<_>>()?;
        assert_eq!(parents, [getpid(), pid, pid]);
        Ok(())
    })
}

fn limited_family() -> io::Result<()> {
    with_grandchildren(|_| {
        assert_eq!(procinfo::descendants(getpid(), 0)?.len(), 1);
        Ok(())
    })
}

fn arguments_of_a_program() -> io::Result<()> {
    let mut cat = Command::new("cat");
    let mut cat = cat.args(["--", "-", ""]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let pid = Pid::from_raw(cat.id().cast_signed());
    // The program has been started when `spawn` returns, but the kernel sets its arguments later.
    until("arguments", || procinfo::command_line(pid).is_ok_and(|line| !line.is_empty()));
    let line = procinfo::command_line(pid);
    drop(cat.stdin.take());
    cat.wait()?;
    assert_eq!(line?, ["cat", "--", "-", ""]);
    Ok(())
}

fn status_fields() -> io::Result<()> {
    let field = |name| procinfo::status_field(getpid(), name);
    assert_eq!(field("Pid")?, Some(getpid().to_string()));
    assert_eq!(field("Pi")?, None);
    Ok(())
}

fn death_with_parent() -> io::Result<()> {
    let (alive, hold) = io::pipe()?;
    let pid = child(|| {
        let parent = getpid();
        let (ready, tell) = io::pipe().unwrap_or_else(|_| std::process::abort());
        let _ = child(|| {
            let _ = procinfo::die_with(parent, Signal::SIGKILL);
            let _ = (&tell).write_all(b"!");
            loop {
                nix::unistd::pause();
            }
        });
        let _ = (&ready).read(&mut [0]); // the request is made: now this process may end
    })?;
    drop(hold);
    waitpid(pid, None)?;
    // End-of-file: the last process that held the other end has been killed.
    assert_eq!((&alive).read(&mut [0])?, 0);
    Ok(())
}

fn dead_parent() -> io::Result<()> {
    // As if the parent had been another process, which has ended.
    let other = child(|| ())?;
    waitpid(other, None)?;
    let pid = child(|| {
        let _ = procinfo::die_with(other, Signal::SIGUSR1);
    })?;
    assert_eq!(waitpid(pid, None)?, WaitStatus::Signaled(pid, Signal::SIGUSR1, false));
    Ok(())
}

fn subreaper() -> io::Result<()> {
    let pid = child(|| {
        let adopted = procinfo::become_subreaper().and_then(|()| {
            waitpid(child(|| drop(child(|| ())))?, None)?;
            Ok(waitpid(None::<Pid>, None)?) // ECHILD without adoption
        });
        if adopted.is_err() {
            std::process::abort();
        }
    })?;
    assert_eq!(waitpid(pid, None)?, WaitStatus::Exited(pid, 7));
    Ok(())
}

/// A shell with one child, in a group of its own. It has run `setup` when this returns.
fn group_of_shell(setup: &str) -> io::Result<(Pid, impl Read)> {
    let script = format!("{setup}; (echo ready; exec sleep 1000) & wait; wait");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).process_group(0).stdout(Stdio::piped());
    let mut shell = shell.spawn()?;
    let mut stdout = shell.stdout.take().expect("it is a pipe");
    stdout.read_exact(&mut [0; 6])?;
    Ok((Pid::from_raw(shell.id().cast_signed()), stdout))
}

const LONG: Duration = Duration::from_secs(20);

fn assert_gone(group: Pid, mut output: impl Read) -> io::Result<()> {
    assert_eq!(output.read(&mut [0])?, 0, "no process holds the pipe any more");
    let left: Vec<_> = procinfo::processes()?.into_iter().filter(|p| p.group == group).collect();
    assert!(left.iter().all(|process| process.state.has_ended()), "{left:?}");
    Ok(())
}

fn gentle_end() -> io::Result<()> {
    let (group, output) = group_of_shell("trap 'exit 3' TERM")?;
    let ended = procinfo::end_group(group, LONG)?;
    assert!(ended.contains(&WaitStatus::Exited(group, 3)), "{ended:?}");
    assert_gone(group, output)
}

fn hard_end() -> io::Result<()> {
    let (group, output) = group_of_shell("trap '' TERM")?;
    let ended = procinfo::end_group(group, Duration::from_millis(50))?;
    assert!(ended.contains(&WaitStatus::Signaled(group, Signal::SIGKILL, false)), "{ended:?}");
    assert_gone(group, output)
}

fn end_of_leader() -> io::Result<()> {
    let (mut shell, mut output) = (Command::new("sh"), [0; 6]);
    // The background process has the shell's group, and the pipe too.
    shell.args(["-c", "sleep 100 & echo ready; exit 5"]).process_group(0).stdout(Stdio::piped());
    let mut shell = shell.spawn()?;
    let group = Pid::from_raw(shell.id().cast_signed());
    let mut stdout = shell.stdout.take().expect("it is a pipe");
    stdout.read_exact(&mut output)?;
    let ended = procinfo::end_group_after(group)?;
    assert!(ended.contains(&WaitStatus::Exited(group, 5)), "{ended:?}");
    assert_gone(group, stdout)
}

fn stopped_end() -> io::Result<()> {
    let (group, output) = group_of_shell("trap 'exit 4' TERM")?;
    kill(group, Signal::SIGSTOP)?;
    let ended = procinfo::end_group(group, LONG)?;
    assert!(ended.contains(&WaitStatus::Exited(group, 4)), "{ended:?}");
    assert_gone(group, output)
}

fn instant_end() -> io::Result<()> {
    let (group, output) = group_of_shell("trap 'exit 3' TERM")?;
    let ended = procinfo::end_group(group, Duration::ZERO)?;
    assert!(ended.contains(&WaitStatus::Signaled(group, Signal::SIGKILL, false)), "{ended:?}");
    assert_gone(group, output)
}

fn refused_groups() -> io::Result<()> {
    for group in [Pid::from_raw(-5), Pid::from_raw(0), Pid::from_raw(1), nix::unistd::getpgrp()] {
        let error = procinfo::end_group(group, Duration::ZERO).expect_err("it means too much");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
    Ok(())
}
