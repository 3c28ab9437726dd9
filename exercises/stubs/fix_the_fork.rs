//! # fix_the_fork: three faults
//!
//! Here is a program that somebody has written, and it compiles. It has three faults, each of which comes from
//! a fork in a program with buffers, guards and a thread. Find them and mend them; the chapter on fork
//! safety has a section on each. You may move, change and add lines.
//!
//! What `add_in_child(folder, numbers, add)` is to do:
//!
//! * It makes a scratch folder in `folder`, and removes it before it returns, whatever happens. The guard
//!   `Scratch` does that when it is dropped.
//! * It prints `adding 3 numbers: `, and later the sum and a newline. Each is printed once.
//! * A thread of the parent keeps a journal meanwhile. It holds the journal's lock from its first line,
//!   `begun`, to its last, `ended`, and ends when it is told to. That stays so: the thread stands for any
//!   thread that holds any lock while you fork. (You may start it later than here, but the journal's
//!   lines are to be `begun`, `ended` and `sum 6`.)
//! * One child calls `add(numbers)`, writes the sum into a file in the scratch folder, and ends with exit
//!   status 0. If the file cannot be written it ends with 1; if `add` panics, with 101. Whatever happens,
//!   it never returns into the code that called the function.
//! * The parent waits for this child, reads the file, prints the sum, and returns the journal.
//! * If the child ended in any other way than with status 0, or if the fork fails, return an error. There is
//!   no thread then that still runs, no child, and no scratch folder.
//!
//! ```text
//! add_in_child(Path::new("."), &[1, 2, 3], |numbers| numbers.iter().sum())
//! // prints "adding 3 numbers: 6", returns Ok(["begun", "ended", "sum 6"])
//! ```
//!
//! The function may be called only in a process with one thread. It starts a second one itself, and so
//! you have to know what its child may do: of the locks that the child takes, none may be one that the
//! thread holds.

use std::fs;
use std::io::{self, Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Adds `numbers` in a child, and returns the journal.
///
/// # Errors
///
/// The system's reason why something could not be done; or that the child failed.
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
    // SAFETY: to be made true by you: the child takes no lock that the thread holds.
    let outcome = match unsafe { fork() } {
        Err(error) => Err(error.into()),
        Ok(ForkResult::Child) => {
            let sum = add(numbers);
            journal.note(&format!("sum {sum}"));
            fs::write(scratch.file(), sum.to_string())?;
            return Ok(Vec::new());
        }
        Ok(ForkResult::Parent { child }) => match waitpid(child, None)? {
            WaitStatus::Exited(_, 0) => fs::read_to_string(scratch.file()),
            other => Err(io::Error::other(format!("the child failed: {other:?}"))),
        },
    };
    let lines = journal.end();
    println!("{}", outcome?);
    Ok(lines)
}

/// A folder that is removed when this value is dropped. There is nothing wrong with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(folder: &Path) -> io::Result<Scratch> {
        let path = folder.join("scratch");
        fs::create_dir(&path)?;
        Ok(Scratch(path))
    }

    /// Where the sum goes.
    fn file(&self) -> PathBuf {
        self.0.join("sum")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Lines that a thread keeps. There is nothing wrong with it.
struct Journal {
    lines: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
    end: Sender<()>,
}

impl Journal {
    /// Returns when the thread has the lock.
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
