//! A process of a run that goes on while the test does something else.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::unistd::Pid;

/// Nothing takes longer than this, even beside busy loops on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// It is killed, if it still runs, when this is dropped.
pub(crate) struct Running {
    child: Child,
    /// Standard error, line by line.
    stderr: Receiver<String>,
    said: String,
    stdout: Option<JoinHandle<String>>,
}

/// How it ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Lets Ctrl-C have its usual effect on what is started: in the background of a shell script it is
/// ignored, and that is inherited.
fn allow_ctrl_c() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: this installs the kernel's own action, and no code relies on another one.
        unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.expect("SIGINT has a default");
    });
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        allow_ctrl_c();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.env_remove("RUST_BACKTRACE").spawn().expect("the lesson starts");
        let mut output = child.stdout.take().expect("a pipe");
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).expect("text");
            text
        });
        let (sender, stderr) = channel();
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Running { child, stderr, said: String::new(), stdout: Some(stdout) }
    }

    /// Reads standard error until a line has `words`.
    pub(crate) fn wait_for(&mut self, words: &str) {
        while !self.said.contains(words) {
            let line = self.stderr.recv_timeout(DEADLINE);
            let line = line.unwrap_or_else(|why| panic!("{why}, no {words:?} in\n{}", self.said));
            self.said += &(line + "\n");
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a PID"));
        kill(pid, signal).expect("it runs");
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> End {
        // Standard error is closed when the process is gone.
        let mut stderr = std::mem::take(&mut self.said);
        loop {
            match self.stderr.recv_timeout(DEADLINE) {
                Ok(line) => stderr += &(line + "\n"),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(_) => panic!("not over after {DEADLINE:?}; it had said:\n{stderr}"),
            }
        }
        let status = self.child.wait().expect("its status");
        let stdout = self.stdout.take().expect("once").join().expect("its output");
        End { status, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl End {
    /// It ended with this exit status.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) {
        assert_eq!(self.status.code(), Some(code), "{self:#?}");
    }

    /// It ended with exit status 1, without a report, and said all these words.
    #[track_caller]
    pub(crate) fn assert_failed_with(&self, words: &[&str]) {
        self.assert_code(1);
        assert_eq!(self.stdout, "", "no report is better than half of one");
        for words in words {
            assert!(self.stderr.contains(words), "no {words:?} in\n{}", self.stderr);
        }
    }
}
