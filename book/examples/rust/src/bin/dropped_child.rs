//! HAZARD, on purpose: a `std::process::Child` that goes out of scope is neither ended nor waited for.

use std::io;
use std::mem::MaybeUninit;
use std::process::Command;

use nix::errno::Errno;
use nix::libc::{P_PID, WEXITED, WNOWAIT, siginfo_t, waitid};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

fn main() -> io::Result<()> {
    let pid = {
        let child = Command::new("true").spawn()?;
        child.id()
    };
    println!("the Child is out of scope");
    wait_until_ended(pid)?;
    println!("state of process {pid}: {}", state_of(pid)?);

    // What the program should have done at once.
    waitpid(Pid::from_raw(pid.cast_signed()), None)?;
    Ok(())
}

/// Waits until `child` has ended, but does not reap it.
fn wait_until_ended(child: u32) -> io::Result<()> {
    let mut info = MaybeUninit::<siginfo_t>::uninit();
    // SAFETY: `info` is a valid place for the kernel's answer, which is not read.
    let waited = unsafe { waitid(P_PID, child, info.as_mut_ptr(), WEXITED | WNOWAIT) };
    Ok(Errno::result(waited).map(drop)?)
}

/// The state as `ps` prints it; the first letter is the state.
fn state_of(pid: u32) -> io::Result<String> {
    let ps = Command::new("ps").args(["-o", "state=", "-p", &pid.to_string()]).output()?;
    Ok(String::from_utf8_lossy(&ps.stdout).trim().chars().take(1).collect())
}
