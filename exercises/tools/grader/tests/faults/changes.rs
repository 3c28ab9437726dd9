//! Functions that leave the process that called them changed.

use std::os::fd::{AsFd, AsRawFd};

use grader::WrongAnswer;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::refused;
use crate::tools::pass;

pub(crate) fn all() -> Vec<WrongAnswer> {
    let mut answers = vec![
        refused!("state not restored", ignores_a_signal, "SIGUSR1: ignored; before: its def"),
        refused!("state not restored", handles_a_signal, "the action of SIGCHLD: a handler"),
        refused!("state not restored", other_handler, "SIGALRM: a different one (a handler)"),
        refused!("state not restored", blocks_a_signal, "mask: blocks SIGTERM; before: none"),
        refused!("state not restored", leaves_a_signal_pending, "the pending signals: SIGUSR2"),
        refused!("state not restored", leaves_an_alarm, "the timer of alarm and setitimer: set"),
        refused!("state not restored", umask, "(umask): 077"),
        refused!("state not restored", changes_folder, "the working directory: /; before:"),
        refused!("state not restored", sets_a_variable, "variable GRADER_NEW: \"1\""),
        refused!("state not restored", lowers_a_limit, "the limit RLIMIT_NOFILE: 9 (at most"),
        refused!("state not restored", redirects_output, "descriptor 1: /dev/null; before: pipe:"),
        refused!("state not restored", closes_input, "descriptor 0: closed"),
        refused!("state not restored", does_not_block, "O_NONBLOCK"),
        refused!("state not restored", panic_hook, "the panic hook"),
        refused!("descriptors left open", leaves_a_socket, "(socket:["),
        refused!("descriptors left open", leaves_a_file_above_63, "100 (/dev/null)"),
    ];
    #[cfg(target_os = "linux")]
    answers.extend([
        refused!("state not restored", nicer, "the nice value: "),
        refused!("state not restored", leaves_a_thread, "the number of threads: 2; before: 1"),
        refused!("state not restored", leaves_a_timer, "timers of timer_create: 1; before: 0"),
        refused!("state not restored", leaves_shared_memory, "memory mappings: 2; before: 1"),
        refused!("state not restored", removes_a_variable, "PATH: not set"),
        refused!("state not restored", adopts_orphans, "PR_SET_CHILD_SUBREAPER"),
    ]);
    answers
}

fn set(signal: Signal, handler: SigHandler) {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handlers here do nothing.
    unsafe { sigaction(signal, &action) }.expect("sigaction failed");
}

extern "C" fn nothing(_: i32) {}
extern "C" fn nothing_else(number: i32) {
    std::hint::black_box(number);
}

fn ignores_a_signal() {
    set(Signal::SIGUSR1, SigHandler::SigIgn);
}

fn handles_a_signal() {
    set(Signal::SIGCHLD, SigHandler::Handler(nothing));
}

/// The check has a handler of its own.
fn other_handler() {
    set(Signal::SIGALRM, SigHandler::Handler(nothing));
    grader::baseline();
    set(Signal::SIGALRM, SigHandler::Handler(nothing_else));
}

fn blocks_a_signal() {
    SigSet::from(Signal::SIGTERM).thread_block().expect("sigprocmask failed");
}

fn leaves_a_signal_pending() {
    SigSet::from(Signal::SIGUSR2).thread_block().expect("sigprocmask failed");
    nix::sys::signal::raise(Signal::SIGUSR2).expect("raise failed");
}

fn leaves_an_alarm() {
    nix::unistd::alarm::set(9);
}

fn umask() {
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
}

fn changes_folder() {
    std::env::set_current_dir("/").expect("chdir failed");
}

fn sets_a_variable() {
    #[expect(clippy::disallowed_methods, reason = "that is the mistake")]
    // SAFETY: a check has one thread.
    unsafe {
        std::env::set_var("GRADER_NEW", "1");
    }
}

fn lowers_a_limit() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("getrlimit failed");
    setrlimit(Resource::RLIMIT_NOFILE, 9, most).expect("setrlimit failed");
}

fn redirects_output() {
    let null = std::fs::File::create("/dev/null").expect("open failed");
    nix::unistd::dup2_stdout(null).expect("dup2 failed");
}

fn closes_input() {
    // SAFETY: nothing reads from it any more.
    unsafe { libc::close(0) };
}

fn does_not_block() {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(std::io::stdout(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("fcntl failed");
}

fn panic_hook() {
    std::panic::set_hook(Box::new(|_| ()));
}

fn leaves_a_socket() {
    std::mem::forget(std::os::unix::net::UnixStream::pair().expect("socketpair failed"));
}

fn leaves_a_file_above_63() {
    let file = std::fs::File::open("/dev/null").expect("open failed");
    // SAFETY: nothing else uses that number.
    let result = unsafe { libc::dup2(file.as_fd().as_raw_fd(), 100) };
    assert_eq!(result, 100, "dup2 failed");
}

#[cfg(target_os = "linux")]
fn nicer() {
    // SAFETY: takes numbers only.
    let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    // SAFETY: as above.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice + 5) };
}

#[cfg(target_os = "linux")]
fn leaves_a_thread() {
    std::thread::spawn(|| pass(9_000));
}

#[cfg(target_os = "linux")]
fn leaves_a_timer() {
    let mut timer = std::ptr::null_mut();
    let clock = libc::CLOCK_MONOTONIC;
    // SAFETY: null stands for SIGALRM, which a timer that is not started never sends.
    unsafe { libc::timer_create(clock, std::ptr::null_mut(), &raw mut timer) };
}

#[cfg(target_os = "linux")]
fn adopts_orphans() {
    nix::sys::prctl::set_child_subreaper(true).expect("prctl failed");
}

#[cfg(target_os = "linux")]
fn leaves_shared_memory() {
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
    let length = std::num::NonZeroUsize::MIN;
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a mapping at an address of the kernel's choice replaces nothing.
    unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }.expect("mmap failed");
}

#[cfg(target_os = "linux")]
fn removes_a_variable() {
    #[expect(clippy::disallowed_methods, reason = "that is the mistake")]
    // SAFETY: a check has one thread.
    unsafe {
        std::env::remove_var("PATH");
    }
}
