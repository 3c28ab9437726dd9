//! HAZARD: three children, and one `wait`. The others stay zombies.

use std::io;
use std::mem::MaybeUninit;
use std::process::{Command, exit};

use nix::errno::Errno;
use nix::libc::{P_PID, WEXITED, WNOWAIT, siginfo_t, waitid};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, Pid, fork};

fn main() -> io::Result<()> {
    let mut children = Vec::new();
    for _ in 0..3 {
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => exit(0),
            ForkResult::Parent { child } => children.push(child),
        }
    }
    children.iter().try_for_each(|child| wait_until_ended(*child))?;
    println!("children that have ended: {}", children.len());
    println!("wait: {:?}", wait()?);
    println!("zombies: {}", zombies(&children)?);

    // What the program should have done at once.
    while wait().is_ok() {}
    println!("zombies after a wait for each: {}", zombies(&children)?);
    Ok(())
}

/// Waits until `child` has ended, but does not reap it.
fn wait_until_ended(child: Pid) -> io::Result<()> {
    let mut info = MaybeUninit::<siginfo_t>::uninit();
    let child = child.as_raw().cast_unsigned();
    // SAFETY: `info` is a valid place for the kernel's answer, which is not read.
    let waited = unsafe { waitid(P_PID, child, info.as_mut_ptr(), WEXITED | WNOWAIT) };
    Ok(Errno::result(waited).map(drop)?)
}

/// How many of them `ps` calls zombies.
fn zombies(children: &[Pid]) -> io::Result<usize> {
    let list = children.iter().map(Pid::to_string).collect::<Vec<_>>().join(",");
    let ps = Command::new("ps").args(["-o", "state=", "-p", &list]).output()?;
    let states = String::from_utf8_lossy(&ps.stdout).into_owned();
    Ok(states.lines().filter(|state| state.trim().starts_with('Z')).count())
}
