//! What a process has that could be different after an exec.

use std::io::{self, BufRead, BufReader, PipeReader};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, Ordering};

use lesson_cli::{Failure, printable, say};
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::WaitStatus;
use nix::unistd::{chdir, getpid, getppid};

/// A variable in memory. Every new program starts with 0.
static APPLES: AtomicU32 = AtomicU32::new(0);

extern "C" fn do_nothing(_signal: i32) {}

/// Gives this process another folder, another variable, one handler and one ignored signal.
pub(crate) fn change_everything() -> io::Result<()> {
    APPLES.store(3, Ordering::Relaxed);
    chdir("/")?;
    // SAFETY: the handler does nothing, and so nothing that a handler must not do.
    unsafe { signal(Signal::SIGUSR1, SigHandler::Handler(do_nothing)) }?;
    // SAFETY: to ignore a signal runs no code of this program.
    unsafe { signal(Signal::SIGUSR2, SigHandler::SigIgn) }?;
    Ok(())
}

/// One row for each thing: a name, a tab, and the value.
pub(crate) fn print() {
    let folder =
        std::env::current_dir().map_or_else(|error| error.to_string(), |folder| printable(&folder));
    say!("PID\t{}", getpid());
    say!("parent\t{}", getppid());
    say!("folder\t{folder}");
    say!("environment\t{} variables", std::env::vars_os().count());
    say!("SIGUSR1\t{}", action(Signal::SIGUSR1));
    say!("SIGUSR2\t{}", action(Signal::SIGUSR2));
    say!("descriptors\t{}", open_descriptors());
    say!("APPLES\t{}", APPLES.load(Ordering::Relaxed));
}

/// Reads two reports to the end of the pipe and shows them side by side.
pub(crate) fn show_both(reader: PipeReader) -> Result<(), Failure> {
    let lines = BufReader::new(reader).lines().collect::<io::Result<Vec<String>>>();
    let lines = lines.map_err(|error| Failure::system("reading the pipe", error))?;
    let (before, after) = lines.split_at(lines.len() / 2);
    say!("{:<12} {:<22} {}", "", "before exec", "after exec");
    for (before, after) in before.iter().zip(after) {
        let (name, value) = before.split_once('\t').unwrap_or_default();
        let new = after.split_once('\t').unwrap_or_default().1;
        say!("{name:<12} {value:<22} {new}");
    }
    Ok(())
}

/// In words, how a child ended.
pub(crate) fn end(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(child, status) => format!("{child} ended with exit status {status}"),
        other => format!("{other:?}"),
    }
}

/// What happens when `signal` arrives.
fn action(signal: Signal) -> &'static str {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: no new action is given, and `now` is a valid place for the present one.
    let asked = unsafe { libc::sigaction(signal as i32, std::ptr::null(), now.as_mut_ptr()) };
    // SAFETY: all zeros is a valid `sigaction`, and the kernel writes nothing else than one.
    let now = unsafe { now.assume_init() };
    match now.sa_sigaction {
        _ if asked != 0 => "not known",
        libc::SIG_DFL => "default action",
        libc::SIG_IGN => "ignored",
        _ => "a handler",
    }
}

/// The lowest descriptors that are open; `+` marks those that an exec closes.
fn open_descriptors() -> String {
    let mut all = String::new();
    for number in 0..10 {
        // SAFETY: this only queries the number, and the kernel refuses one that is not open.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        if let Ok(flags) = fcntl(descriptor, FcntlArg::F_GETFD) {
            let mark = if flags & libc::FD_CLOEXEC == 0 { "" } else { "+" };
            all += &format!("{number}{mark} ");
        }
    }
    all.trim_end().to_owned()
}
