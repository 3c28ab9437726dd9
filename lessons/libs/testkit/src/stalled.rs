//! A lesson that is stopped in the middle of its work, by a pipe that takes no more.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::process::Child;
use std::thread;

use nix::sys::signal::{Signal, killpg};

use crate::{Finished, collect, group};

/// What a pipe is filled with before the lesson may write to it.
const FILLER: u8 = b'#';

/// A running lesson whose output goes into a pipe that is not read yet.
#[derive(Debug)]
pub struct Stalled {
    child: Child,
    reader: PipeReader,
    room: usize,
    stderr: thread::JoinHandle<String>,
    copy: Option<tempfile::TempDir>,
}

impl Stalled {
    pub(crate) fn new(
        mut child: Child,
        reader: PipeReader,
        room: usize,
        copy: Option<tempfile::TempDir>,
    ) -> Self {
        let stderr = collect(child.stderr.take());
        Stalled { child, reader, room, stderr, copy }
    }

    /// Waits until a process of the run is stuck in a write to the full pipe, or the run is over.
    pub fn wait_until_stuck(self) -> Self {
        #[cfg(target_os = "linux")]
        {
            let group = group::group_of(&self.child);
            linux::wait_until_stuck(group);
        }
        self
    }

    /// Ctrl-C: SIGINT to the whole process group, as a terminal sends it.
    ///
    /// # Panics
    ///
    /// If the group does not exist any more.
    pub fn interrupt(self) -> Finished {
        killpg(group::group_of(&self.child), Signal::SIGINT).expect("the lesson is running");
        self.read_on()
    }

    /// The reader goes away, as `head -1` does when it has its line.
    pub fn stop_reading(self) -> Finished {
        drop(self.reader);
        let nothing = thread::spawn(String::new);
        group::finish(self.child, nothing, self.stderr, self.copy)
    }

    /// Reads to the end.
    ///
    /// # Panics
    ///
    /// If the pipe cannot be read.
    pub fn read_on(self) -> Finished {
        let filler = filler_for(self.room);
        let mut reader = self.reader;
        let mut start = vec![0; filler];
        reader.read_exact(&mut start).expect("the filler is there");
        group::finish(self.child, collect(Some(reader)), self.stderr, self.copy)
    }
}

/// The smallest pipe the system makes: one page.
fn capacity() -> usize {
    4096
}

fn filler_for(room: usize) -> usize {
    capacity().saturating_sub(room)
}

/// A pipe that is full but for `room` bytes.
///
/// A line is written as a whole or not at all (`man 7 pipe`, `PIPE_BUF`), so a line that does
/// not fit makes its writer wait.
pub(crate) fn pipe_with_room_for(room: usize) -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, mut writer) = io::pipe()?;
    #[cfg(target_os = "linux")]
    linux::shrink(&writer, capacity())?;
    writer.write_all(&vec![FILLER; filler_for(room)])?;
    Ok((reader, writer))
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::read_to_string;
    use std::io::{self, PipeWriter};
    use std::thread;
    use std::time::Instant;

    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;
    use nix::unistd::Pid;

    use crate::{DEADLINE, group};

    pub(super) fn shrink(pipe: &PipeWriter, capacity: usize) -> io::Result<()> {
        let size = capacity.try_into().map_err(io::Error::other)?;
        fcntl(pipe, FcntlArg::F_SETPIPE_SZ(size))?;
        Ok(())
    }

    /// Asks again and again: the kernel has no way to wait for another process's system call.
    pub(super) fn wait_until_stuck(group: Pid) {
        let start = Instant::now();
        while !is_stuck(group) {
            assert!(start.elapsed() < DEADLINE, "no write to the full pipe in {DEADLINE:?}");
            thread::yield_now();
        }
    }

    /// Whether a process of `group` waits in a write to its standard output, or all have ended.
    fn is_stuck(group: Pid) -> bool {
        let mut over = true;
        for member in group::members(group) {
            // The number of the system call the process is in, then its arguments.
            let call = read_to_string(format!("/proc/{}/syscall", member.pid)).unwrap_or_default();
            if call.starts_with(&format!("{} 0x1 ", libc::SYS_write)) {
                return true;
            }
            over &= member.state.has_ended();
        }
        over
    }
}
