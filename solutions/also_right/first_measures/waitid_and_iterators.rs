//! The system call waitid tells what the child has used; the rest is chains of iterators.
//!
//! only: linux

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::{ForkResult, Pid, fork};

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
    // SAFETY: zeroes are valid for a structure of integers.
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    let (no_info, pid) = (std::ptr::null_mut::<libc::siginfo_t>(), child.as_raw());
    // SAFETY: `used` lives until the call has returned, and null is for what is not wanted.
    let result = unsafe {
        libc::syscall(libc::SYS_waitid, libc::P_PID, pid, no_info, libc::WEXITED, &raw mut used)
    };
    Errno::result(result)?;
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    Ok(Cost { wall: start.elapsed(), processor: time(used.ru_utime) + time(used.ru_stime) })
}

fn fields(process: &str) -> io::Result<(char, i32)> {
    let stat = fs::read(format!("/proc/{process}/stat"))?;
    let after = stat.rsplit(|byte| *byte == b')').next().unwrap_or_default();
    let fields = String::from_utf8_lossy(after);
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next().and_then(|field| field.chars().next());
    let parent = fields.next().and_then(|field| field.parse().ok());
    state.zip(parent).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

pub fn state_of(process: Pid) -> io::Result<char> {
    fields(&process.to_string()).map(|(state, _)| state)
}

pub fn living_children(parent: Pid) -> io::Result<usize> {
    let entries = fs::read_dir("/proc")?.collect::<io::Result<Vec<_>>>()?;
    let names = entries.iter().filter_map(|entry| entry.file_name().into_string().ok());
    let processes = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let found = processes.filter_map(|process| fields(&process).ok());
    Ok(found.filter(|(state, its)| *state != 'Z' && *its == parent.as_raw()).count())
}
