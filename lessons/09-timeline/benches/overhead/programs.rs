//! The programs that are measured, and the tracer that does nothing.

use std::ffi::CString;
use std::path::Path;
use std::process::{Command, exit};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{wait, waitpid};
use nix::unistd::{ForkResult, Pid, execvp, fork};

/// A child that ends at once.
fn fork_child() -> Pid {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => exit(0),
        ForkResult::Parent { child } => child,
    }
}

/// All are forked before the first is waited for.
pub(crate) fn at_once(count: u32) {
    for _ in 0..count {
        fork_child();
    }
    while wait().is_ok() {}
}

/// Each is waited for before the next is forked.
pub(crate) fn in_turn(count: u32) {
    for _ in 0..count {
        waitpid(fork_child(), None).unwrap();
    }
}

/// Writes a project of 12 small programs, and gives the arguments with which `make` builds it.
/// None where there is no `make` or no `cc`.
pub(crate) fn project(folder: &Path) -> Option<Vec<String>> {
    for tool in ["make", "cc"] {
        Command::new(tool).arg("--version").output().ok().filter(|out| out.status.success())?;
    }
    let mut rules = String::from("all:");
    (0..12).for_each(|number| rules += &format!(" p{number}"));
    rules += "\np%: p%.c\n\tcc -O2 -o $@ $<\n";
    std::fs::write(folder.join("Makefile"), rules).unwrap();
    for number in 0..12 {
        let source = format!(
            "#include <stdio.h>\nint main(void) {{ printf(\"{number}\\n\"); return 0; }}\n"
        );
        std::fs::write(folder.join(format!("p{number}.c")), source).unwrap();
    }
    let folder = folder.to_str().unwrap();
    Some(["make", "-B", "-s", "-j2", "-C", folder].map(str::to_owned).into())
}

/// Runs `command` under ptrace, traces all new processes, and resumes after every stop.
pub(crate) fn only_trace(command: &[String]) {
    // SAFETY: as above.
    let child = match unsafe { fork() }.unwrap() {
        ForkResult::Child => become_traced(command),
        ForkResult::Parent { child } => child,
    };
    waitpid(child, None).unwrap();
    let options = Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    ptrace::setoptions(child, options).unwrap();
    resume(child, 0);
    while let Some((pid, status)) = next_stop() {
        if libc::WIFSTOPPED(status) {
            let signal = libc::WSTOPSIG(status);
            let is_event = status >> 16 != 0 || [libc::SIGTRAP, libc::SIGSTOP].contains(&signal);
            resume(pid, if is_event { 0 } else { signal });
        }
    }
}

fn become_traced(command: &[String]) -> ! {
    ptrace::traceme().unwrap();
    raise(Signal::SIGSTOP).unwrap();
    let words: Vec<CString> =
        command.iter().map(|word| CString::new(word.as_str()).unwrap()).collect();
    panic!("{}", execvp(&words[0], &words).unwrap_err());
}

/// As the recorder does it (see its `stop`): nix knows no real-time signals.
fn next_stop() -> Option<(Pid, i32)> {
    let mut status = 0;
    #[expect(clippy::disallowed_methods, reason = "nix knows no real-time signals")]
    // SAFETY: the pointer is to a c_int that lives through the call.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL) };
    Errno::result(pid).ok().map(|pid| (Pid::from_raw(pid), status))
}

fn resume(pid: Pid, signal: i32) {
    let signal = usize::try_from(signal).unwrap();
    let nowhere = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: this request takes a number and touches no memory of this process.
    unsafe { libc::ptrace(libc::PTRACE_CONT, pid.as_raw(), nowhere, signal) };
}
