//! A program in a process group of its own, so that it and all that it starts can be stopped
//! with one signal.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::platform;

/// How long SIGTERM has to end everything, before SIGKILL does. The guardians of a check need a
/// moment to kill what a learner's program has made of it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A running program with its output in pipes. When this value goes, the program does.
#[derive(Debug)]
pub struct Group {
    child: Child,
    /// Brings what was written to standard output and standard error, when both pipes are at
    /// their end: the last process that had inherited one is gone then.
    written: Receiver<[Vec<u8>; 2]>,
    over: bool,
}

/// How a program ended, and all that it wrote.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Group {
    /// Starts the program with nothing to read; to be called in the main thread. In other threads
    /// `heard` is called with each piece that it writes to standard error, and `ended` when nobody
    /// can write any more.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(
        command: &mut Command,
        heard: impl FnMut(&[u8]) + Send + 'static,
        ended: impl FnOnce() + Send + 'static,
    ) -> io::Result<Group> {
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        platform::end_with_us(command);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().map(|pipe| collect(pipe, |_| ()));
        let stderr = child.stderr.take().map(|pipe| collect(pipe, heard));
        let (send, written) = channel();
        thread::spawn(move || {
            let _ = send.send([stdout, stderr].map(bytes_of)); // in vain if the group was dropped
            ended();
        });
        Ok(Group { child, written, over: false })
    }

    /// Waits for the program, after `ended` was called.
    ///
    /// # Errors
    ///
    /// If it cannot be waited for.
    pub fn finish(mut self) -> io::Result<Ended> {
        let [stdout, stderr] = self.written.recv().unwrap_or_default();
        let status = self.child.wait()?;
        self.over = true;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Ended { status, stdout: text(stdout), stderr: text(stderr) })
    }

    /// Ends the program and all that it has started, and waits for it.
    fn stop(&mut self) {
        // The child has not been waited for, so nobody else can have this number.
        let group = Pid::from_raw(self.child.id().cast_signed());
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            let _ = killpg(group, signal); // an error says that all have ended already
            if self.written.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        let _ = self.child.wait();
        platform::reap_adopted();
        self.over = true;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.over {
            self.stop();
        }
    }
}

/// Reads a pipe to its end, in a thread.
fn collect(
    mut pipe: impl Read + Send + 'static,
    mut heard: impl FnMut(&[u8]) + Send + 'static,
) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut all, mut buffer) = (Vec::new(), [0; 8192]);
        // An error ends it like the end of the file: there will be no more.
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            heard(&buffer[..count]);
            all.extend_from_slice(&buffer[..count]);
        }
        all
    })
}

fn bytes_of(reader: Option<JoinHandle<Vec<u8>>>) -> Vec<u8> {
    reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
}
