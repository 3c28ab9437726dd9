//! Ending all processes of a group.

use std::io;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgrp};

use crate::sys;

/// How long after SIGKILL a process may still be there. It has to get a processor first, and one
/// that waits for a device ends when the device answers.
const DEATH: Duration = Duration::from_secs(5);

/// Ends every process of `group`: sends SIGTERM, waits up to `grace` until all have ended, and
/// sends SIGKILL to the rest. With a grace of zero SIGKILL is sent at once.
///
/// Members that are children of this process, or become so because it is a subreaper, are waited
/// for; how they ended is returned, in that order. The status of a [`std::process::Child`] in the
/// group is among them, and its own `wait` then says that there is no such child.
///
/// The caller has to know that `group` is still the group that is meant: either its first process
/// is a child that has not been waited for, or some member is known to live. A number that is no
/// longer used may be given to another group.
///
/// A process that has moved to another group or session is not ended: use
/// [`descendants`](crate::descendants) for those.
///
/// # Errors
///
/// `InvalidInput` for this process's own group, and for 0 and 1, with which kill(2) means this
/// group and all processes there are; `EPERM` if no member may be sent a signal; `TimedOut` if a
/// member is still there five seconds after SIGKILL.
pub fn end_group(group: Pid, grace: Duration) -> io::Result<Vec<WaitStatus>> {
    if group.as_raw() <= 1 || group == getpgrp() {
        let why = format!("{group} is not the group of other processes");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let mut ended = Vec::new();
    if !grace.is_zero() {
        send(group, Signal::SIGTERM)?;
        send(group, Signal::SIGCONT)?; // a stopped process gets the first when it goes on
        if wait_until_gone(group, grace, &mut ended) {
            return Ok(ended);
        }
    }
    send(group, Signal::SIGKILL)?;
    if wait_until_gone(group, DEATH, &mut ended) {
        return Ok(ended);
    }
    let why = format!("process group {group} is still there {DEATH:?} after SIGKILL");
    Err(io::Error::new(io::ErrorKind::TimedOut, why))
}

/// Waits until `leader`, the first process of its group, has ended by itself, and then kills what it
/// has left there. How these processes ended is returned as by [`end_group`]; the leader is among
/// them.
///
/// The leader has to be a child of this process that has not been waited for. It is not reaped
/// before its group is empty, so the group's number cannot be used again meanwhile.
///
/// # Errors
///
/// `ECHILD` if `leader` is not such a child; otherwise as for [`end_group`].
pub fn end_group_after(leader: Pid) -> io::Result<Vec<WaitStatus>> {
    while let Err(error) = wait_without_reaping(leader) {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    end_group(leader, Duration::ZERO)
}

/// `waitid` of the C library, because nix does not have it on macOS.
fn wait_without_reaping(child: Pid) -> io::Result<()> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let id = child.as_raw().cast_unsigned();
    // SAFETY: `info` is memory for one siginfo_t, which the call only writes, and the other
    // arguments are numbers.
    let result = unsafe {
        libc::waitid(libc::P_PID, id, info.as_mut_ptr(), libc::WEXITED | libc::WNOWAIT)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn send(group: Pid, signal: Signal) -> io::Result<()> {
    match killpg(group, signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        // macOS says so when there are only zombies left.
        Err(Errno::EPERM) if !sys::has_living_members(group) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Reaps and looks until no member lives, which takes a few microseconds or `limit` at most.
fn wait_until_gone(group: Pid, limit: Duration, ended: &mut Vec<WaitStatus>) -> bool {
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        let children_left = reap(group, ended);
        if !children_left && (killpg(group, None).is_err() || !sys::has_living_members(group)) {
            reap(group, ended); // adopted between the two looks
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10)); // a look at all of /proc is not cheap
    }
}

/// Waits for the members that are children and have ended. Whether some have not.
fn reap(group: Pid, ended: &mut Vec<WaitStatus>) -> bool {
    loop {
        match waitpid(Pid::from_raw(-group.as_raw()), Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(status) => ended.push(status),
            Err(Errno::EINTR) => {}
            Err(_no_child_in_it) => return false,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "asks again in a while; no order depends on it")]
fn sleep(pause: Duration) {
    std::thread::sleep(pause);
}
