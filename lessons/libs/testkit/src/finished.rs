//! What a run printed, how it ended, and what it left behind.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

/// A lesson that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Exit status or signal of the lesson's first process.
    pub status: ExitStatus,
    /// All that was written to standard output.
    pub stdout: String,
    /// All that was written to standard error.
    pub stderr: String,
    /// Processes of the run that had ended when the lesson did, or soon after, and that the
    /// lesson had not waited for.
    pub not_waited_for: Vec<WaitStatus>,
    /// Processes that outlived the lesson by more than a moment, with their command line.
    pub survivors: Vec<String>,
}

impl Finished {
    /// The exit status, unless a signal ended the lesson.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The lines of standard output.
    pub fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }

    /// It ended with exit status 0, without complaint, and left nothing behind.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_success(&self) {
        self.assert_code(0);
        assert_eq!(self.stderr, "", "standard error of a run that went well");
    }

    /// It ended with this exit status and left nothing behind.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.code(), Some(code), "{:?}\n{}{}", self.status, self.stdout, self.stderr);
        self.assert_nothing_left();
    }

    /// It had waited for every process it started.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_nothing_left(&self) {
        assert!(self.survivors.is_empty(), "still running: {:?}", self.survivors);
        assert!(self.not_waited_for.is_empty(), "not waited for: {:?}", self.not_waited_for);
    }

    /// It ended because of SIGINT, and so did all its processes but those that had just ended by
    /// themselves: if SIGINT comes before the lesson could wait for them, that is no fault.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_interrupted(&self) {
        let by_signal = self.status.signal() == Some(Signal::SIGINT as i32);
        assert!(by_signal || self.code() == Some(130), "not ended by SIGINT: {self:?}");
        assert_eq!(self.stderr, "", "standard error of an interrupted run");
        assert!(self.survivors.is_empty(), "outlived SIGINT: {:?}", self.survivors);
        for status in &self.not_waited_for {
            let expected = matches!(
                status,
                WaitStatus::Exited(..) | WaitStatus::Signaled(_, Signal::SIGINT, _)
            );
            assert!(expected, "ended, but not by SIGINT: {status:?}");
        }
    }
}
