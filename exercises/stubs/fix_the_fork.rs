//! # fix_the_fork: three faults
//!
//! The program below compiles, but it has three faults. Each of them comes from a fork in a program
//! with buffers, guards and a thread. Find and repair them; the chapter on fork safety has a
//! section on each. You may move, change and add lines.
//!
//! The function `add_in_child(folder, numbers, add)` has to do the following:
//!
//! * It creates a scratch folder in `folder`, and removes it before it returns, whatever happens.
//!   The guard `Scratch` removes the folder when the guard is dropped.
//! * It prints `adding 3 numbers: `, and later the sum and a newline. Each of these texts is
//!   printed once.
//! * Meanwhile, a thread of the parent keeps a journal. The thread holds the journal's lock from
//!   the first line, `begun`, to the last, `ended`, and ends when it is told to. Keep it this way,
//!   because the thread represents any thread that holds any lock while another thread forks. (You
//!   may start it at a later point than here, but the lines of the journal have to be `begun`,
//!   `ended` and `sum 6`.)
//! * One child calls `add(numbers)`, writes the sum to a file in the scratch folder, and ends with
//!   exit status 0. If the file cannot be written, the child ends with status 1. If `add` panics,
//!   it ends with status 101. The child never returns into the code that called the function.
//! * The parent waits for this child, reads the file, prints the sum, and returns the journal. If a
//!   signal interrupts the wait (`EINTR`), it waits again.
//! * If the child does not end with status 0, or if the fork or the wait fails, the function returns an
//!   error. By then, the thread has ended, the child has been reaped, and the scratch folder is gone.
//!
//! ```text
//! add_in_child(Path::new("."), &[1, 2, 3], |numbers| numbers.iter().sum())
//! // prints "adding 3 numbers: 6", returns Ok(["begun", "ended", "sum 6"])
//! ```
//!
//! The function may be called only in a process with one thread. However, it starts a second thread
//! itself, so you have to know what its child may do: the child must not take a lock that the
//! thread holds.

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
    // When you have found the three faults, remove this line.
    todo!("run the checks, read the code below, and find three faults; {} numbers", numbers.len());

    let scratch = Scratch::new(folder)?;
    print!("adding {} numbers: ", numbers.len());
    let journal = Journal::begin();
    // SAFETY: you have to make this true: the child takes no lock that the thread holds.
    let outcome = match unsafe { fork() } {
        Err(error) => Err(error.into()),
        Ok(ForkResult::Child) => {
            let sum = add(numbers);
            journal.note(&format!("sum {sum}"));
            fs::write(scratch.file(), sum.to_string())?;
            return Ok(Vec::new());
        }
        Ok(ForkResult::Parent { child }) => match wait_for(child) {
            Ok(WaitStatus::Exited(_, 0)) => fs::read_to_string(scratch.file()),
            other => Err(io::Error::other(format!("the child failed: {other:?}"))),
        },
    };
    let lines = journal.end();
    println!("{}", outcome?);
    Ok(lines)
}

/// Waits for `child`, and again if a signal interrupts the wait. It contains no fault.
fn wait_for(child: Pid) -> nix::Result<WaitStatus> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {} // a signal handler ran; the child has not ended
            result => return result,
        }
    }
}

/// A folder that is removed when this value is dropped. It contains no fault.
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

/// Lines that a thread keeps. It contains no fault.
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

    /// Adds a line, as soon as the thread has released the lock.
    #[allow(dead_code, clippy::allow_attributes, reason = "you may repair a fault without it")]
    fn note(&self, line: &str) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
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
