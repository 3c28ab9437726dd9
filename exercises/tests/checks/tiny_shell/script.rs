//! What the checks of scripts need: files, and lines that come one at a time.

use std::fs;
use std::io::{self, BufRead, Read};

use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::mkfifo;

/// Files in the check's folder, which are gone when it ends.
pub(super) struct Files<const COUNT: usize>(pub(super) [&'static str; COUNT]);

impl<const COUNT: usize> Files<COUNT> {
    /// Named pipes: opening one waits until another process opens its other end.
    pub(super) fn named_pipes(names: [&'static str; COUNT]) -> Self {
        for name in names {
            mkfifo(name, Mode::S_IRWXU).expect("a named pipe for the check");
        }
        Files(names)
    }
}

impl<const COUNT: usize> Drop for Files<COUNT> {
    fn drop(&mut self) {
        for name in self.0 {
            let _ = fs::remove_file(name); // it was for the function to create
        }
    }
}

/// A script whose lines come one at a time; before each, something happens in the process that reads.
pub(super) struct Lines<F> {
    lines: &'static [&'static str],
    next: usize,
    left: &'static [u8],
    before: F,
}

impl<F: FnMut(usize)> Lines<F> {
    pub(super) fn new(lines: &'static [&'static str], before: F) -> Self {
        Lines { lines, next: 0, left: b"", before }
    }
}

impl<F: FnMut(usize)> BufRead for Lines<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let ([], Some(line)) = (self.left, self.lines.get(self.next)) {
            (self.before)(self.next);
            self.left = line.as_bytes();
            self.next += 1;
        }
        Ok(self.left)
    }

    fn consume(&mut self, count: usize) {
        self.left = &self.left[count..];
    }
}

impl<F: FnMut(usize)> Read for Lines<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut left = self.fill_buf()?;
        let count = left.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// Looks whether a child of this process is a zombie, and leaves it. With `WNOHANG` in `flags`, it does
/// not wait for one.
pub(super) fn is_there_a_zombie(flags: WaitPidFlag) -> bool {
    loop {
        match waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | flags) {
            Err(Errno::EINTR) => {}
            result => return result.is_ok_and(|status| status != WaitStatus::StillAlive),
        }
    }
}
