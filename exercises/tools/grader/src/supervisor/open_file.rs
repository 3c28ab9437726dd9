//! What a descriptor stands for, and which process holds which end of a pipe, from /proc/PID/fd
//! and /proc/PID/fdinfo.

use std::fs;

use nix::unistd::Pid;

use super::process::Process;
use crate::shared::text;

/// What a descriptor stands for; for a pipe as in `pipe:[4711]`.
#[derive(PartialEq, Eq)]
pub(super) struct OpenFile(String);

impl OpenFile {
    pub(super) fn of(pid: Pid, descriptor: i64) -> Option<OpenFile> {
        let target = fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
        Some(OpenFile(target.to_string_lossy().into_owned()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn is_pipe(&self) -> bool {
        self.0.starts_with("pipe:")
    }

    /// The socket with this inode.
    pub(super) fn socket(inode: u64) -> OpenFile {
        OpenFile(format!("socket:[{inode}]"))
    }

    /// The number of a pipe or socket.
    pub(super) fn inode(&self) -> Option<u64> {
        let (_, number) = self.0.strip_suffix(']')?.split_once(":[")?;
        number.parse().ok()
    }

    pub(super) fn is_socket(&self) -> bool {
        self.0.starts_with("socket:")
    }

    /// Only processes that inherited it can hold its other end: a pipe, or one of a pair of
    /// sockets.
    pub(super) fn is_private(&self) -> bool {
        self.is_pipe() || self.is_unnamed_unix_socket()
    }

    /// proc_net(5): a line for each Unix domain socket, with its inode and then its path, if any.
    fn is_unnamed_unix_socket(&self) -> bool {
        let Some(inode) = self.inode().filter(|_| self.is_socket()) else { return false };
        let inode = inode.to_string();
        let list = fs::read_to_string("/proc/net/unix").unwrap_or_default();
        list.lines().any(|line| line.split_whitespace().last() == Some(inode.as_str()))
    }

    /// Those of `all` that can write to it: "3 and 4".
    pub(super) fn writers(&self, all: &[Process]) -> String {
        self.holders(libc::O_WRONLY, all)
    }

    /// Those of `all` that can read from it.
    pub(super) fn readers(&self, all: &[Process]) -> String {
        self.holders(libc::O_RDONLY, all)
    }

    /// Those of `all` that have it open in whatever way.
    pub(super) fn all_holders(&self, all: &[Process]) -> String {
        self.holders_if(all, |modes| !modes.is_empty())
    }

    fn holders(&self, wanted: i32, all: &[Process]) -> String {
        self.holders_if(all, |modes| modes.contains(&wanted))
    }

    fn holders_if(&self, all: &[Process], holds: impl Fn(&[i32]) -> bool) -> String {
        let holders = all.iter().filter(|process| holds(&self.open_modes(process.pid)));
        let pids: Vec<String> = holders.map(|process| process.own_pid.to_string()).collect();
        text::list(&pids)
    }

    /// How `pid` has opened this file, once for each descriptor.
    fn open_modes(&self, pid: Pid) -> Vec<i32> {
        let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let same = numbers.filter(|&number| OpenFile::of(pid, number).as_ref() == Some(self));
        same.filter_map(|number| access_mode(pid, number)).collect()
    }
}

fn access_mode(pid: Pid, descriptor: i64) -> Option<i32> {
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}")).ok()?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
    Some(i32::from_str_radix(flags.trim(), 8).ok()? & libc::O_ACCMODE)
}
