//! Systems without `/proc` and prctl: reading is an error, a request does nothing.

use std::ffi::OsString;
use std::io;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::Stat;

fn unsupported<T>() -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no /proc to read it from"))
}

pub(crate) fn stat(_pid: Pid) -> io::Result<Stat> {
    unsupported()
}

pub(crate) fn pids() -> io::Result<Vec<Pid>> {
    unsupported()
}

pub(crate) fn children_of(_pid: Pid) -> io::Result<Vec<Pid>> {
    unsupported()
}

pub(crate) fn thread_count() -> io::Result<usize> {
    unsupported()
}

pub(crate) fn command_line(_pid: Pid) -> io::Result<Vec<OsString>> {
    unsupported()
}

pub(crate) fn status_field(_pid: Pid, _name: &str) -> io::Result<Option<String>> {
    unsupported()
}

/// Nothing like it: a child has to notice by end-of-file on a pipe that its parent has ended.
pub(crate) fn die_with(_parent: Pid, _signal: Signal) -> io::Result<()> {
    Ok(())
}

/// Nothing like it: orphans go to process 1.
pub(crate) fn become_subreaper() -> io::Result<()> {
    Ok(())
}

/// Counts zombies of other parents as well.
pub(crate) fn has_living_members(group: Pid) -> bool {
    killpg(group, None).is_ok()
}
