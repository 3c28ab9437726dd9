//! The lines of `/proc/PID/status`, which have names. The process's own name is in one of them, with its line breaks
//! written as `\\n`.

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// What a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall: Duration,
    pub processor: Duration,
}

/// From its creation on.
struct Measure(Instant, i64);

impl Measure {
    fn begin() -> nix::Result<Measure> {
        Ok(Measure(Instant::now(), microseconds()?))
    }

    fn end(self) -> nix::Result<Cost> {
        let wall = self.0.elapsed();
        Ok(Cost { wall, processor: Duration::from_micros((microseconds()? - self.1) as u64) })
    }
}

fn microseconds() -> nix::Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(usage.user_time().num_microseconds() + usage.system_time().num_microseconds())
}

pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    let measure = Measure::begin()?;
    // SAFETY: this process has one thread; the checks see to that.
    let ForkResult::Parent { child } = (unsafe { fork()? }) else {
        work();
        exit(0)
    };
    waitpid(child, None)?;
    measure.end()
}

/// The value of a line.
fn value(process: Pid, name: &str) -> io::Result<String> {
    let status = fs::read(format!("/proc/{process}/status"))?;
    let mut lines = status.split(|&byte| byte == b'\n');
    let line = lines.find_map(|line| line.strip_prefix(name.as_bytes()));
    let line = line.ok_or(io::ErrorKind::InvalidData)?;
    Ok(String::from_utf8_lossy(line).trim().to_owned())
}

pub fn state_of(process: Pid) -> io::Result<char> {
    value(process, "State:")?.chars().next().ok_or(io::ErrorKind::InvalidData.into())
}

pub fn living_children(parent: Pid) -> io::Result<usize> {
    let processes = fs::read_dir("/proc")?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let lives = |&pid: &i32| {
        let pid = Pid::from_raw(pid);
        let is_child = value(pid, "PPid:").is_ok_and(|its| its == parent.to_string());
        is_child && state_of(pid).is_ok_and(|state| state != 'Z')
    };
    Ok(pids.filter(lives).count())
}
