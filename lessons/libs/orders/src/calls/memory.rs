//! Reading arguments out of a parked process.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;

use crate::sys;

/// The memory and the folders of one parked process, which stays parked meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Memory(pub(crate) Pid);

impl Memory {
    pub(crate) fn bytes(self, address: u64, len: usize) -> Vec<u8> {
        sys::read_memory(self.0, address, len)
    }

    pub(crate) fn u64(self, address: u64) -> Option<u64> {
        let bytes = (address != 0).then(|| self.bytes(address, 8))?;
        bytes.try_into().ok().map(u64::from_ne_bytes)
    }

    /// Whether a `timespec` or `timeval` there is zero; none if there is none.
    pub(crate) fn is_zero_time(self, address: u64) -> Option<bool> {
        Some(self.u64(address)? == 0 && self.u64(address + 8)? == 0)
    }

    /// The absolute path that the string at `address` means, relative to the folder that is
    /// descriptor `folder` or to the current one. Links in it are followed, but not the last.
    pub(crate) fn path(self, folder: Option<i32>, address: u64) -> Option<String> {
        let string = sys::read_string(self.0, address)?;
        let path = Path::new(OsStr::from_bytes(&string));
        if path.is_absolute() {
            return Some(resolved(path));
        }
        let link = match folder {
            Some(fd) if fd != libc::AT_FDCWD => format!("/proc/{}/fd/{fd}", self.0),
            _ => format!("/proc/{}/cwd", self.0),
        };
        let folder = std::fs::read_link(link).ok()?;
        if string.is_empty() { Some(shown(&folder)) } else { Some(resolved(&folder.join(path))) }
    }
}

fn resolved(path: &Path) -> String {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return shown(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    };
    let folder: PathBuf = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    shown(&folder.join(name))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
