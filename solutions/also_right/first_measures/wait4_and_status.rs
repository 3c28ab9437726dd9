//! wait4, which tells what this child has used, and the lines of `/proc/PID/status`.

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::{ForkResult, Pid, fork};

/// What a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall: Duration,
    pub processor: Duration,
}

pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    let start = Instant::now();
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            work();
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    let mut status = 0;
    // SAFETY: the structure is plain numbers, for which zeroes are fine.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both live until the call has returned.
    Errno::result(unsafe { libc::wait4(child.as_raw(), &mut status, 0, &mut usage) })?;
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    Ok(Cost { wall: start.elapsed(), processor: time(usage.ru_utime) + time(usage.ru_stime) })
}

/// What stands behind `name` in the file `status` of a process.
fn field(process: Pid, name: &str) -> io::Result<String> {
    let status = fs::read(format!("/proc/{process}/status"))?;
    let status = String::from_utf8_lossy(&status);
    let mut lines = status.lines();
    let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    Ok(found.ok_or(io::ErrorKind::InvalidData)?.trim().to_owned())
}

pub fn state_of(process: Pid) -> io::Result<char> {
    let state = field(process, "State")?;
    state.chars().next().ok_or(io::ErrorKind::InvalidData.into())
}

pub fn living_children(parent: Pid) -> io::Result<usize> {
    let names = fs::read_dir("/proc")?.flatten().map(|entry| entry.file_name());
    let processes = names.filter_map(|name| name.to_str()?.parse().ok()).map(Pid::from_raw);
    let is_its_child = |process: &Pid| {
        field(*process, "PPid").is_ok_and(|found| found == parent.to_string())
    };
    let lives = |process: &Pid| state_of(*process).is_ok_and(|state| state != 'Z');
    Ok(processes.filter(is_its_child).filter(lives).count())
}
