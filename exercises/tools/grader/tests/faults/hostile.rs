//! Things that would harm what is outside, or outlive the check.

use std::time::Duration;

use grader::WrongAnswer;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};
use nix::unistd::{Pid, getppid, setsid};

use crate::refused;
use crate::tools::{bare_fork, child, forked, pass, reap, until_ended};

const SHORT: Duration = Duration::from_millis(400);

pub(crate) fn all() -> Vec<WrongAnswer> {
    vec![
        refused!("signalled others", kills_everybody, "kill(-1, SIGKILL)"),
        refused!("signalled others", kills_its_parent, "supervises the check"),
        refused!("signalled others", raw_kill_everybody, "kill(-1, SIGKILL)"),
        refused!("signalled others", raw_kill_parent, "supervises the check"),
        refused!("signalled others", raw_kill_of_a_group),
        refused!("signalled others", raw_tgkill_parent, "supervises the check"),
        refused!("signalled others", raw_tkill_parent),
        refused!("signalled others", raw_sigqueue_parent, "supervises the check"),
        refused!("check failed", signals_itself_in_every_way, "the function came this far"),
        refused!("check failed", raw_write_into_its_parent, "the function came this far"),
        refused!("fork bomb stopped", raw_bomb.at_most(16)),
        refused!("fork bomb stopped", raw_bomb_of_sessions.at_most(16)),
        refused!("fork bomb stopped", bomb_of_daemons.at_most(16)),
        refused!("still running", daemons_of_daemons),
        refused!("still running", deaf_daemon),
        refused!("still running", stopped_child),
        refused!("check failed", closes_everything, "the function came this far"),
        refused!("not waited for", steals_sigchld),
        refused!("timed out", blocks_all_signals.within(SHORT)),
        refused!("timed out", ignores_sigchld.within(SHORT), "sleeping (sleep)"),
        refused!("check failed", traces_its_parent, "the function came this far"),
        refused!("killed by signal", stops_itself_for_good),
        refused!("killed by signal", file_flood.in_empty_folder(), "too large"),
    ]
}

/// The checks whose harm must fail without a trace end so.
fn came_this_far() {
    assert_eq!(std::hint::black_box(1), 2, "the function came this far");
}

fn kills_everybody() {
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
}

fn kills_its_parent() {
    let _ = kill(getppid(), Signal::SIGKILL);
}

fn raw_kill(pid: i32) {
    // SAFETY: takes numbers only; the call is made where it can do no harm.
    unsafe { libc::syscall(libc::SYS_kill, pid, libc::SIGKILL) };
}

/// Past the hook. The processes that it does reach are the function's own.
fn raw_kill_everybody() {
    raw_kill(-1);
}

fn raw_kill_parent() {
    raw_kill(getppid().as_raw());
}

fn raw_kill_of_a_group() {
    raw_kill(-getppid().as_raw());
}

fn raw_tgkill_parent() {
    let parent = getppid().as_raw();
    // SAFETY: takes numbers only.
    unsafe { libc::syscall(libc::SYS_tgkill, parent, parent, libc::SIGKILL) };
}

fn raw_tkill_parent() {
    // SAFETY: takes numbers only.
    unsafe { libc::syscall(libc::SYS_tkill, getppid().as_raw(), libc::SIGKILL) };
}

fn raw_sigqueue_parent() {
    // SAFETY: zeroes are valid for a structure of integers.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    info.si_code = -1; // SI_QUEUE, which a process may claim
    let parent = getppid().as_raw();
    // SAFETY: the information lives through the call.
    unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, parent, libc::SIGTERM, &raw const info) };
}

/// What is allowed: to itself, to its group, to a child by a descriptor.
fn signals_itself_in_every_way() {
    for signal in [Signal::SIGCHLD, Signal::SIGURG, Signal::SIGWINCH] {
        kill(Pid::this(), signal).expect("kill failed");
        kill(Pid::from_raw(0), signal).expect("kill of the group failed");
        nix::sys::signal::raise(signal).expect("raise failed");
    }
    let child = child(|| pass(9_000));
    // SAFETY: takes numbers only.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.as_raw(), 0) };
    let nothing = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: without information, the kernel fills in the usual.
    let result = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, descriptor, libc::SIGKILL, nothing, 0)
    };
    assert_eq!(result, 0, "pidfd_send_signal failed");
    reap(child);
    // SAFETY: the descriptor is not used any more.
    unsafe { libc::close(descriptor as i32) };
    came_this_far();
}

fn raw_write_into_its_parent() {
    let mut byte = 0_u8;
    let one = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let parent = getppid().as_raw();
    // SAFETY: both lists have one entry, and the local one is of a byte.
    let result =
        unsafe { libc::process_vm_writev(parent, &raw const one, 1, &raw const one, 1, 0) };
    assert_eq!(result, -1, "it may write memory of its parent");
    came_this_far();
}

/// Past the hook. Should the guards fail, it ends by itself.
fn raw_bomb() {
    for _ in 0..11 {
        bare_fork();
    }
    pass(2_000);
}

/// Each in a session of its own, out of reach of a signal to the group.
fn raw_bomb_of_sessions() {
    for _ in 0..11 {
        if bare_fork() == 0 {
            let _ = setsid();
        }
    }
    pass(2_000);
}

fn bomb_of_daemons() {
    for _ in 0..11 {
        forked();
        let _ = setsid();
    }
    pass(2_000);
}

fn daemons_of_daemons() {
    reap(child(|| {
        for _ in 0..3 {
            let _ = setsid();
            if let Some(_parent) = forked() {
                return;
            }
        }
        pass(9_000);
    }));
}

/// It ignores every signal that can be ignored.
fn deaf_daemon() {
    child(|| {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        for signal in Signal::iterator() {
            // SAFETY: SIG_IGN is no code that could be run at a bad moment.
            let _ = unsafe { sigaction(signal, &ignore) };
        }
        pass(9_000);
    });
}

fn stopped_child() {
    let child = child(|| pass(9_000));
    kill(child, Signal::SIGSTOP).expect("kill failed");
}

/// Its own outputs too.
fn closes_everything() {
    for descriptor in 0..256 {
        // SAFETY: nothing here uses a descriptor afterwards.
        unsafe { libc::close(descriptor) };
    }
    came_this_far();
}

/// SIGCHLD has a handler, which does nothing.
fn steals_sigchld() {
    extern "C" fn handler(_: i32) {}
    let action = SigAction::new(SigHandler::Handler(handler), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGCHLD, &action) }.expect("sigaction failed");
    until_ended(child(|| ()));
}

fn blocks_all_signals() {
    SigSet::all().thread_block().expect("sigprocmask failed");
    child(|| pass(9_000));
    pass(9_000);
}

/// So the kernel reaps, and waitpid blocks until the last child has ended.
fn ignores_sigchld() {
    let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: SIG_IGN is no code that could be run at a bad moment.
    unsafe { sigaction(Signal::SIGCHLD, &ignore) }.expect("sigaction failed");
    child(|| ());
    child(|| pass(9_000));
    let _ = nix::sys::wait::wait();
}

/// A tracer can make its tracee do anything. (As root in a mere PID namespace it would work, but
/// the process is not in sight.)
fn traces_its_parent() {
    let parent = getppid().as_raw();
    // SAFETY: with these numbers, ptrace touches no memory of this process.
    unsafe { libc::syscall(libc::SYS_ptrace, libc::PTRACE_SEIZE, parent, 0, 0) };
    came_this_far();
}

fn stops_itself_for_good() {
    // SIGSTOP would only stop it; a stopped case is found by the time limit. SIGTERM ends it.
    kill(Pid::this(), Signal::SIGTERM).expect("kill failed");
}

fn file_flood() {
    let block = vec![0; 1 << 20];
    let mut file = std::fs::File::create("flood").expect("open failed");
    loop {
        std::io::Write::write_all(&mut file, &block).expect("write failed");
    }
}
