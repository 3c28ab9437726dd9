//! Linux: `/proc` and prctl(2).

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, raise};
use nix::unistd::{Pid, getppid};

use crate::Stat;

pub(crate) fn stat(pid: Pid) -> io::Result<Stat> {
    Stat::parse(&read(&format!("/proc/{pid}/stat"))?)
}

pub(crate) fn pids() -> io::Result<Vec<Pid>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        pids.extend(name.to_str().and_then(|name| name.parse().ok()).map(Pid::from_raw));
    }
    pids.sort_unstable();
    Ok(pids)
}

pub(crate) fn children_of(pid: Pid) -> io::Result<Vec<Pid>> {
    let mut children = Vec::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        match fs::read_to_string(thread?.path().join("children")) {
            Ok(list) => {
                let pids = list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
                children.extend(pids.map(Pid::from_raw));
            }
            // Either the thread has ended, or the kernel was built without these files.
            Err(error) if has_ended(&error) && has_children_files() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return children_by_search(pid);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(children)
}

fn has_ended(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(Errno::ESRCH as i32)
}

/// Kernels without CONFIG_PROC_CHILDREN have none.
fn has_children_files() -> bool {
    fs::exists("/proc/thread-self/children").unwrap_or_default()
}

fn children_by_search(parent: Pid) -> io::Result<Vec<Pid>> {
    let all = crate::processes()?.into_iter();
    Ok(all.filter(|process| process.parent == parent).map(|process| process.pid).collect())
}

pub(crate) fn thread_count() -> io::Result<usize> {
    Ok(Stat::parse(&read("/proc/self/stat")?)?.threads)
}

pub(crate) fn command_line(pid: Pid) -> io::Result<Vec<OsString>> {
    let line = read(&format!("/proc/{pid}/cmdline"))?;
    if line.is_empty() {
        return Ok(Vec::new());
    }
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    Ok(line.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect())
}

pub(crate) fn status_field(pid: Pid, name: &str) -> io::Result<Option<String>> {
    let status = read(&format!("/proc/{pid}/status"))?;
    // It has the process's name in it, which need not be UTF-8; the kernel escapes newlines there.
    let status = String::from_utf8_lossy(&status);
    let value = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned());
    Ok(status.lines().find_map(value))
}

pub(crate) fn die_with(parent: Pid, signal: Signal) -> io::Result<()> {
    prctl::set_pdeathsig(signal)?;
    if getppid() == parent {
        return Ok(());
    }
    raise(signal)?; // the parent has ended before the request was made
    Err(Errno::ESRCH.into())
}

pub(crate) fn become_subreaper() -> io::Result<()> {
    Ok(prctl::set_child_subreaper(true)?)
}

/// Whether a process of `group` still executes something. Zombies are in the group too, until
/// their parents have waited for them.
pub(crate) fn has_living_members(group: Pid) -> bool {
    let Ok(all) = crate::processes() else {
        return nix::sys::signal::killpg(group, None).is_ok();
    };
    all.iter().any(|process| process.group == group && !process.state.has_ended())
}

/// The bytes of a file in `/proc`. The kernel gives the size of such a file as 0, so there is a
/// buffer for a usual one beforehand, which saves many small reads.
fn read(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4096);
    let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        // The process ended between the two calls.
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => {
            Err(io::Error::new(io::ErrorKind::NotFound, format!("{path}: {error}")))
        }
        Err(error) => Err(io::Error::new(error.kind(), format!("{path}: {error}"))),
    }
}
