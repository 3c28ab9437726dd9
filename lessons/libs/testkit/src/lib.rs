//! Runs a lesson as a reader would, and checks what it leaves behind.
//!
//! ```no_run
//! use testkit::Lesson;
//!
//! let run = Lesson::new("target/debug/lesson-many-forks").args(["2"]).run();
//! run.assert_success();
//! assert!(run.stdout.contains("two children"));
//! ```
//!
//! Every run has a process group of its own, and the test process is a *child subreaper*
//! (`man 2 PR_SET_CHILD_SUBREAPER`): whatever the lesson leaves behind is adopted by the test,
//! which therefore sees every zombie and every orphan, at the moment the lesson ends and
//! without waiting. The tests themselves never fork; they start programs with
//! [`std::process::Command`], which is safe in a process with threads.

mod build;
mod finished;
mod group;
#[cfg(target_os = "linux")]
mod refuse;
mod skip;
mod stalled;
mod surroundings;
mod terminal;

pub use build::{build, cargo_build};
pub use finished::Finished;
pub use skip::skip;
pub use stalled::Stalled;
pub use terminal::Terminal;

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// How many tests to run at a time that each run a program and wait for half of their time.
pub fn programs_at_a_time() -> usize {
    3 * thread::available_parallelism().map_or(1, usize::from)
}

/// No lesson takes longer than this, even beside busy loops on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// A lesson that is about to be run.
#[derive(Debug)]
pub struct Lesson {
    command: Command,
    /// A copy of the binary that another user may run; deleted when the run is over.
    _copy: Option<tempfile::TempDir>,
}

impl Lesson {
    /// The lesson in the file `binary`; in a lesson's own tests that is
    /// `env!("CARGO_BIN_EXE_lesson-…")`.
    pub fn new(binary: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(binary);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        Lesson { command, _copy: None }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in the folder `path`.
    #[must_use]
    pub fn in_folder(mut self, path: impl AsRef<std::path::Path>) -> Self {
        self.command.current_dir(path);
        self
    }

    /// The kernel grants `forks` forks and refuses the next with `EAGAIN`.
    ///
    /// # Errors
    ///
    /// Why this is not possible here: not on this system, or not for this user.
    pub fn refuse_forks_after(mut self, forks: u32) -> Result<Self, String> {
        #[cfg(target_os = "linux")]
        {
            self._copy = refuse::forks_after(&mut self.command, forks)?;
            Ok(self)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (&mut self._copy, forks);
            Err("refusing a fork is tried on Linux only".to_owned())
        }
    }

    /// Runs the lesson to its end.
    ///
    /// # Panics
    ///
    /// If it cannot be started, or takes longer than a minute.
    pub fn run(mut self) -> Finished {
        let mut child = self.start();
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        group::finish(child, stdout, stderr, self._copy.take())
    }

    /// Starts the lesson with its output going into a pipe that takes `room` bytes and is then
    /// full, so that a process that writes more stops in the middle of its work.
    ///
    /// # Panics
    ///
    /// If the pipe cannot be made or the lesson cannot be started.
    pub fn start_with_room_for(mut self, room: usize) -> Stalled {
        let (reader, writer) = stalled::pipe_with_room_for(room).expect("a small pipe");
        self.command.stdout(writer);
        let child = self.start();
        let copy = self._copy.take();
        drop(self); // and with it our copy of the pipe's write end
        Stalled::new(child, reader, room, copy)
    }

    fn start(&mut self) -> Child {
        group::prepare();
        self.command.spawn().unwrap_or_else(|error| {
            panic!("cannot start {}: {error}", self.command.get_program().display())
        })
    }
}

/// Reads a pipe to its end, in a thread so that two pipes can be read at once.
fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("reading a pipe");
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
