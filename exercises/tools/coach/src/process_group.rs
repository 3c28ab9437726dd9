//! A program in a process group of its own, so that it and all that it starts can be stopped
//! with one signal.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

/// How long SIGTERM has to end everything, before SIGKILL does. The grader's supervisors need a
/// moment to kill what a learner's program has started.
const GRACE: Duration = Duration::from_secs(1);

/// A running program with its output in pipes. When this value is dropped, the program is ended.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    child: Child,
    /// Brings what was written to standard output and standard error, when both pipes are at
    /// their end: the last process that had inherited one is gone then.
    written: Receiver<[Vec<u8>; 2]>,
    finished: bool,
}

/// How a program ended, and all that it wrote.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
}

impl ProcessGroup {
    /// Starts the program with nothing to read. To be called in the main thread: the program is
    /// killed when the thread ends that started it. Other threads call `on_line` with each line
    /// that it writes, and `on_end` when no process can write any more.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(crate) fn start(
        command: &mut Command,
        on_line: impl Fn(&str) + Clone + Send + 'static,
        on_end: impl FnOnce() + Send + 'static,
    ) -> io::Result<ProcessGroup> {
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let parent = getpid();
        let ask = move || procinfo::die_with(parent, Signal::SIGKILL);
        // SAFETY: between fork and exec the closure makes system calls only, and allocates nothing.
        unsafe { command.pre_exec(ask) };
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().map(|pipe| collect(pipe, on_line.clone()));
        let stderr = child.stderr.take().map(|pipe| collect(pipe, on_line));
        let (send, written) = channel();
        thread::spawn(move || {
            let _ = send.send([stdout, stderr].map(bytes_of)); // in vain if the group was dropped
            on_end();
        });
        Ok(ProcessGroup { child, written, finished: false })
    }

    /// Waits for the program, after `on_end` was called.
    ///
    /// # Errors
    ///
    /// If it cannot be waited for.
    pub(crate) fn finish(mut self) -> io::Result<Finished> {
        let [stdout, stderr] = self.written.recv().unwrap_or_default();
        let status = self.child.wait()?;
        self.finished = true;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Finished { status, stdout: text(stdout), stderr: text(stderr) })
    }

    /// Ends the program and all that it has started, and waits for it.
    fn stop(&mut self) {
        // The child has not been waited for, so this number is still its own.
        let group = Pid::from_raw(self.child.id().cast_signed());
        let _ = procinfo::end_group(group, GRACE); // what is left then, cannot be ended by anyone
        // A process outside of the group may still hold a pipe: it is on its way to its end. (The
        // group's number is another's by now, perhaps.)
        let _ = self.written.recv_timeout(GRACE);
        reap_adopted();
        self.finished = true;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if !self.finished {
            self.stop();
        }
    }
}

/// Reads a pipe to its end, in a thread.
fn collect(
    pipe: impl Read + Send + 'static,
    on_line: impl Fn(&str) + Send + 'static,
) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut all, mut pipe) = (Vec::new(), BufReader::new(pipe));
        let mut read = 0;
        // An error ends it like the end of the file: there will be no more.
        while let Ok(1..) = pipe.read_until(b'\n', &mut all) {
            on_line(String::from_utf8_lossy(&all[read..]).trim_end());
            read = all.len();
        }
        all
    })
}

fn bytes_of(reader: Option<JoinHandle<Vec<u8>>>) -> Vec<u8> {
    reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
}

/// Waits for orphans that this process, a subreaper, has adopted and that are about to end: they
/// have closed their pipes. A child that goes on, such as a browser, is left alone.
fn reap_adopted() {
    let start = Instant::now();
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) if start.elapsed() < Duration::from_millis(300) => pause(),
            Ok(WaitStatus::StillAlive) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "asks again in a while; no order depends on it")]
fn pause() {
    thread::sleep(Duration::from_millis(1));
}
