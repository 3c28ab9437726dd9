//! A zombie: a child that has ended, whose parent still runs and has not asked for its status.

use lesson_cli::{Failure, say};
use nix::errno::Errno;
use nix::libc::{self, siginfo_t};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, getpid};

use crate::gated::Gated;
use crate::process::{Process, look};
use crate::status::describe;

pub(crate) fn show() -> Result<(), Failure> {
    // Look first and print later: if Ctrl-C ends this program while it prints, no zombie is left.
    let mut child = Gated::fork(7)?;
    let pid = child.pid;
    let alive = look(pid);
    child.open();
    wait_until_ended(pid)?;
    let dead = look(pid);
    kill(pid, Signal::SIGKILL).map_err(|errno| Failure::system("kill", errno))?;
    let killed = look(pid);
    let status = waitpid(pid, None).map_err(|errno| Failure::system("waitpid", errno))?;
    let gone = look(pid);

    let seen = |process: Option<Process>| process.map_or("gone".into(), |p| p.to_string());
    say!("I am {}, the parent of {pid}, and I am still running.", getpid());
    say!("while it runs:    {}", seen(alive));
    say!("after its end:    {}", seen(dead));
    say!("after SIGKILL:    {}", seen(killed));
    say!("after my wait:    {}", seen(gone));
    say!("waitpid returned: {}, so SIGKILL had no effect", describe(status));
    Ok(())
}

/// Waits until `child` has ended, without asking for its status: it stays a zombie.
fn wait_until_ended(child: Pid) -> Result<(), Failure> {
    let id = child.as_raw().try_into().expect("BUG: a PID is positive");
    let mut info = std::mem::MaybeUninit::<siginfo_t>::uninit();
    let flags = libc::WEXITED | libc::WNOWAIT;
    // SAFETY: `info` is a valid place for the kernel's answer, which is not read.
    let waited = unsafe { libc::waitid(libc::P_PID, id, info.as_mut_ptr(), flags) };
    Errno::result(waited).map(drop).map_err(|errno| Failure::system("waitid", errno))
}
