//! Open files of other processes, as far as the order of steps is concerned.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use nix::unistd::Pid;

use crate::object::File;

/// The captured output is the first file that is looked at, in every run.
pub(crate) const OUTPUT: File = 0;

/// What kind of file a descriptor refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pipe,
    Socket,
    Regular,
    Folder,
    /// `/dev/null` and its like, which no process notices.
    Null,
    /// A handle on a process, which can be read when that has ended.
    Process,
    /// From which the pending signals of the reading process can be read.
    Signals,
    /// A terminal, an event counter, an `epoll`.
    Other,
}

/// A descriptor of a parked process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) kind: Kind,
    pub(crate) fd: i32,
}

/// One end of a pipe that a process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PipeEnd {
    pub(crate) file: File,
    pub(crate) writes: bool,
}

/// Numbers for files, in the order in which they are first looked at. The search looks at the
/// same files in the same order whenever it repeats the beginning of a run.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    known: Vec<(u64, u64)>,
    /// Files on which some process has asked for a lock.
    pub(crate) locked: BTreeSet<File>,
}

impl Numbers {
    pub(crate) fn of(&mut self, metadata: &Metadata) -> File {
        let id = (metadata.dev(), metadata.ino());
        let at = self.known.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.known.push(id);
            self.known.len() - 1
        });
        File::try_from(at).unwrap_or(File::MAX)
    }

    /// The file behind descriptor `fd` of process `pid`.
    pub(crate) fn opened(&mut self, pid: Pid, fd: i32) -> Option<Opened> {
        let path = format!("/proc/{pid}/fd/{fd}");
        let metadata = fs::metadata(&path).ok()?;
        let kind = match kind(&metadata) {
            kind @ (Kind::Other | Kind::Regular) => special(&path).unwrap_or(kind),
            kind => kind,
        };
        Some(Opened { file: self.of(&metadata), kind, fd })
    }

    /// The ends of pipes (and other files with locks) among the descriptors `fds` of `pid`.
    pub(crate) fn ends(&mut self, pid: Pid, fds: &[i32]) -> (Vec<PipeEnd>, Vec<File>) {
        let (mut ends, mut locks) = (Vec::new(), Vec::new());
        for fd in fds {
            let path = format!("/proc/{pid}/fd/{fd}");
            let Ok(metadata) = fs::metadata(&path) else { continue };
            match kind(&metadata) {
                Kind::Pipe | Kind::Socket => {
                    let file = self.of(&metadata);
                    // The link's own permissions are the ways in which it is open.
                    let mode = fs::symlink_metadata(&path).map_or(0, |link| link.mode());
                    ends.extend((mode & 0o200 != 0).then_some(PipeEnd { file, writes: true }));
                    ends.extend((mode & 0o400 != 0).then_some(PipeEnd { file, writes: false }));
                }
                Kind::Regular if !self.locked.is_empty() => {
                    let file = self.of(&metadata);
                    locks.extend(self.locked.contains(&file).then_some(file));
                }
                _ => {}
            }
        }
        ends.sort_unstable();
        ends.dedup();
        locks.dedup();
        (ends, locks)
    }
}

/// The kind of a file that has no name, if it is a special one; its inode says nothing.
fn special(path: &str) -> Option<Kind> {
    let target = fs::read_link(path).ok()?;
    match target.to_str()? {
        "anon_inode:[pidfd]" => Some(Kind::Process),
        "anon_inode:[signalfd]" => Some(Kind::Signals),
        _ => None,
    }
}

pub(crate) fn kind(metadata: &Metadata) -> Kind {
    let kind = metadata.file_type();
    if kind.is_fifo() {
        Kind::Pipe
    } else if kind.is_socket() {
        Kind::Socket
    } else if kind.is_file() {
        Kind::Regular
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_char_device() && libc::major(metadata.rdev()) == 1 {
        Kind::Null
    } else {
        Kind::Other
    }
}

/// The descriptors that are open in process `pid`, in order.
pub(crate) fn descriptors(pid: Pid) -> Vec<i32> {
    let Ok(folder) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let mut fds: Vec<i32> = folder.flatten().filter_map(number).collect();
    fds.sort_unstable();
    fds
}

/// The flags with which a descriptor is open, as in `man 5 proc_pid_fdinfo`; `O_CLOEXEC` too.
pub(crate) fn flags(pid: Pid, fd: i32) -> i32 {
    let text = fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix("flags:\t"));
    value.and_then(|value| i32::from_str_radix(value.trim(), 8).ok()).unwrap_or(0)
}

/// The signals that a descriptor of kind [`Kind::Signals`] takes; none for another.
pub(crate) fn signals(pid: Pid, fd: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix("sigmask:\t"));
    value.and_then(|value| u64::from_str_radix(value.trim(), 16).ok()).unwrap_or(0)
}

/// The descriptors that an `epoll` watches.
pub(crate) fn watched(pid: Pid, fd: i32) -> Vec<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).unwrap_or_default();
    let number = |line: &str| line.strip_prefix("tfd:")?.split_whitespace().next()?.parse().ok();
    text.lines().filter_map(number).collect()
}

/// Whether `path` is a part of the system that programs read and do not change.
pub(crate) fn is_of_the_system(path: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/etc/", "/proc/", "/sys/", "/dev/"];
    FOLDERS.iter().any(|folder| path.starts_with(folder)) && !path.starts_with("/dev/shm/")
}
