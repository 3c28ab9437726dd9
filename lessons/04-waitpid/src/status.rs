//! The status word: one number, which holds an exit status or a signal.

use std::fs;
use std::path::Path;
use std::process::abort;

use lesson_cli::{Failure, say};
use nix::libc::{self, c_int};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::sys::wait::WaitStatus;
use nix::unistd::{Pid, chdir};

use crate::gated::Gated;

/// What a child calls, in words and in code, and what to notice in its status word. If the code
/// returns, it returns the child's exit status.
type End = (&'static str, fn() -> c_int, &'static str);

const ENDS: [End; 7] = [
    ("exit(0)", || 0, ""),
    ("exit(3)", || 3, "768 = 3 << 8"),
    ("exit(255)", || 255, "65280 = 255 << 8"),
    ("exit(256)", || 256, "0x100: 8 bits are kept"),
    ("exit(-1)", || -1, "0xffffffff: the same"),
    ("raise(SIGTERM)", || raise(Signal::SIGTERM).map_or(1, |()| 0), "low byte: the signal"),
    ("raise(SIGSTOP)", || raise(Signal::SIGSTOP).map_or(1, |()| 0), "0x7f: it has not ended"),
];

pub(crate) fn show() -> Result<(), Failure> {
    say!("child calls     status  in hex  in words");
    for (call, life, remark) in ENDS {
        say!("{}", row(call, status_of(life)?, remark));
    }
    say!("{}", core_dump()?);
    say!("\nSo do not compare the number: use WIFEXITED and the like, or nix's WaitStatus.");
    Ok(())
}

fn row(call: &str, word: c_int, remark: &str) -> String {
    let row = format!("{call:<14}  {word:>6}  {word:#06x}  {:<23}  {remark}", in_words(word));
    row.trim_end().to_owned()
}

/// Forks a child that runs `life`, waits until it ends or is stopped, and returns the kernel's
/// number for that.
fn status_of(life: impl FnOnce() -> c_int) -> Result<c_int, Failure> {
    let child = Gated::fork_into(|_| life())?;
    let mut word = 0;
    // SAFETY: `word` is a valid place for one number, and lives until the call returns.
    #[expect(clippy::disallowed_methods, reason = "here the undecoded number is the subject")]
    let waited = unsafe { libc::waitpid(child.pid.as_raw(), &raw mut word, libc::WUNTRACED) };
    nix::errno::Errno::result(waited).map_err(|errno| Failure::system("waitpid", errno))?;
    if libc::WIFSTOPPED(word) {
        // `child` waits for the killed process when it goes out of scope.
        kill(child.pid, Signal::SIGKILL).map_err(|errno| Failure::system("kill", errno))?;
    }
    Ok(word)
}

/// The status word, decoded.
fn in_words(word: c_int) -> String {
    match WaitStatus::from_raw(Pid::this(), word) {
        Ok(status) => describe(status),
        Err(_) => format!("a signal without a name: {}", libc::WTERMSIG(word)),
    }
}

/// A status in words.
pub(crate) fn describe(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, code) => format!("exit status {code}"),
        WaitStatus::Signaled(_, signal, _) => format!("ended by {signal} ({})", signal as c_int),
        WaitStatus::Stopped(_, signal) => format!("stopped by {signal} ({})", signal as c_int),
        other => format!("{other:?}"),
    }
}

/// Forks a child that dumps core if the system lets it, and says what happened to the core.
fn core_dump() -> Result<String, Failure> {
    // Ctrl-C has to wait until the folder with the core is removed.
    let ctrl_c = SigSet::from(Signal::SIGINT);
    ctrl_c.thread_block().map_err(|errno| Failure::system("blocking SIGINT", errno))?;
    let outcome = core_dump_in_a_folder();
    ctrl_c.thread_unblock().map_err(|errno| Failure::system("unblocking SIGINT", errno))?;
    outcome
}

fn core_dump_in_a_folder() -> Result<String, Failure> {
    let folder = tempfile::tempdir();
    let folder = folder.map_err(|error| Failure::system("making a temporary folder", error))?;
    let word = status_of(|| abort_in(folder.path()))?;
    Ok(if libc::WIFSIGNALED(word) && libc::WCOREDUMP(word) {
        let row = row("abort()", word, "6 + 128: with a core");
        format!("{row}\n{}", fate_of_core(folder.path()))
    } else {
        format!("{}\n{}", row("abort()", word, "not 128 more: no core"), why_no_core())
    })
}

/// What the child does: it ends by SIGABRT, with `folder` as the place for a core file.
fn abort_in(folder: &Path) -> c_int {
    let raised = getrlimit(Resource::RLIMIT_CORE)
        .and_then(|(_soft, hard)| setrlimit(Resource::RLIMIT_CORE, hard, hard));
    match chdir(folder).and(raised) {
        Ok(()) => abort(),
        Err(_) => 1, // rather no core than one in the reader's folder
    }
}

fn fate_of_core(folder: &Path) -> String {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = files.filter_map(|file| file.metadata().ok()).map(|data| data.len());
    match sizes.max() {
        Some(bytes) => format!(
            "The core file, a copy of the child's memory, had {} KiB and has been removed.",
            bytes / 1024
        ),
        None => "The core went where the system collects them (man 5 core, coredumpctl).".into(),
    }
}

fn why_no_core() -> &'static str {
    match getrlimit(Resource::RLIMIT_CORE) {
        Ok((_, 0)) => "No core was written: the hard limit on its size is 0 (ulimit -Hc).",
        _ => "No core was written: this system is configured not to (man 5 core, core_pattern).",
    }
}
