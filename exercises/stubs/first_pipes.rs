//! # first_pipes: one idea at a time
//!
//! Three small functions, each of five minutes. Check one step, then go on to the next:
//!
//! ```text
//! cargo test -p exercises first_pipes::step_1
//! ```
//!
//! **Step 1.** `number_from_child(work)` calls `work` in a child. The child sends the number that the
//! work returns, which has eight bytes, through a pipe, and the parent returns it. If the child ends
//! before it has sent the number, the parent returns an error, and does not wait for ever.
//!
//! **Step 2.** `text_from_child(work)` does the same with a text, whose length the parent does not
//! know. It reads until the end of the pipe. The text may be empty, and it may be much larger than
//! a pipe holds.
//!
//! **Step 3.** `ask_child(question, answer)` sends a question to a child and returns what the child
//! answers. Both go through one pair of sockets (`UnixStream::pair`). The child reads the question to
//! its end, calls `answer` with it, and sends what that returns. Both texts may be large.
//!
//! In all steps: the child ends inside your function and never returns from it, and the parent waits
//! for it. If a pipe cannot be made, or a fork, a read or a wait fails, return the error. The work
//! does not panic here, and what arrives counts as the whole text; `pipe_return_data` comes to the
//! rest.
//!
//! The functions may be called only in a process with one thread, because a child has a copy of the
//! calling thread alone. The checks see to that.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// Step 1: calls `work` in a child, and returns the number that the child sends through a pipe.
///
/// # Errors
///
/// The system's reason why there was no pipe, no fork or no wait; or that the number did not arrive.
pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    todo!("make a pipe and fork; the child writes eight bytes, the parent reads them and waits")
}

/// Step 2: calls `work` in a child, and returns the text that the child sends through a pipe.
///
/// # Errors
///
/// The system's reason why there was no pipe, no fork or no wait.
pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    todo!("the child writes the text; the parent reads to the end of the pipe, and then waits")
}

/// Step 3: sends `question` to a child, and returns what the child makes of it by `answer`.
///
/// # Errors
///
/// The system's reason why there were no sockets, no fork or no wait.
pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    todo!("make a pair of sockets and fork; send {question:?}, say that it is all, read the answer")
}
