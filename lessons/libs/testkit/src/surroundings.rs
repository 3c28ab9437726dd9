//! Poor surroundings for a run: what a container, a service manager or a careless parent may give
//! to a program.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;

use nix::sys::signal::{SigHandler, Signal, signal};

use crate::Lesson;

impl Lesson {
    /// Standard output is the file `path`, such as `/dev/full`, which is never empty and never
    /// takes a byte.
    ///
    /// # Panics
    ///
    /// If the file cannot be opened.
    #[must_use]
    pub fn writing_to(mut self, path: impl AsRef<Path>) -> Self {
        let file = File::options().write(true).open(path).expect("a file to write to");
        self.command.stdout(file);
        self
    }

    /// The parent ignores `ignored`, and children inherit that.
    #[must_use]
    pub fn ignoring(mut self, ignored: Signal) -> Self {
        let ignore = move || {
            // SAFETY: to ignore a signal installs no handler.
            unsafe { signal(ignored, SigHandler::SigIgn) }?;
            Ok(())
        };
        // SAFETY: between fork and exec the closure makes one system call and allocates nothing.
        unsafe { self.command.pre_exec(ignore) };
        self
    }
}
