//! Says that there is at least one number.
//!
//! base: reference
//! verdict: wrong output
//! check: the_journal_has_its_three_lines

use std::fs;
use std::io::{self, Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Adds `numbers` in a child, and returns the journal.
///
/// # Errors
///
/// Fails if a system call fails or if the child fails.
pub fn add_in_child(
    folder: &Path,
    numbers: &[u64],
    add: impl FnOnce(&[u64]) -> u64,
) -> io::Result<Vec<String>> {
    let scratch = Scratch::new(folder)?;
    print!("adding {} numbers: ", numbers.len().max(1));
    // First fault: the fork would copy text that is in the buffer now, and both would write it.
    stdout().flush()?;
    let journal = Journal::begin();
    // SAFETY: there is a second thread, which holds the journal's lock and no other. The child does
    // not touch the journal. glibc makes its allocator usable in the child of such a process.
    let outcome = match unsafe { fork() } {
        Err(error) => Err(error.into()),
        Ok(ForkResult::Child) => {
            // Second fault: a child that takes the lock waits for a thread that it does not have.
            let save = || fs::write(scratch.file(), add(numbers).to_string());
            let status = catch_unwind(AssertUnwindSafe(save))
                .map_or(101, |written| i32::from(written.is_err()));
            // Third fault: by returning from this function, the child would drop the guard and so
            // remove the parent's folder.
            exit(status)
        }
        Ok(ForkResult::Parent { child }) => match wait_for(child) {
            Ok(WaitStatus::Exited(_, 0)) => fs::read_to_string(scratch.file()),
            other => Err(io::Error::other(format!("the child failed: {other:?}"))),
        },
    };
    let mut lines = journal.end(); // even after an error, because the thread waits for this
    let sum = outcome?;
    lines.push(format!("sum {sum}"));
    println!("{sum}");
    Ok(lines)
}

/// Waits for `child`, and again if a signal interrupts the wait.
fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {} // a signal handler ran; the child has not ended
            result => return result,
        }
    }
}

/// A folder that is removed when this value is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> io::Result<Scratch> {
        let path = folder.join("scratch");
        fs::create_dir(&path)?;
        Ok(Scratch(path))
    }

    /// The file that holds the sum.
    fn file(&self) -> PathBuf {
        self.0.join("sum")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Lines that a thread keeps.
struct Journal {
    lines: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
    end: Sender<()>,
}

impl Journal {
    /// Starts the thread, and returns when the thread has the lock.
    fn begin() -> Journal {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (end, must_end) = channel();
        let (begun, has_begun) = channel();
        let own = Arc::clone(&lines);
        let thread = thread::spawn(move || {
            let mut lines = own.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push("begun".to_owned());
            let _ = begun.send(());
            let _ = must_end.recv();
            lines.push("ended".to_owned());
        });
        let _ = has_begun.recv();
        Journal { lines, thread, end }
    }

    /// Ends the thread, and returns all lines.
    fn end(self) -> Vec<String> {
        let Journal { lines, thread, end } = self;
        drop(end);
        let _ = thread.join();
        let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.clone()
    }
}
