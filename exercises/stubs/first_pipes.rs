//! # first_pipes: one idea at a time
//!
//! Write three small functions, each in about five minutes. Check one step before you go on to the
//! next:
//!
//! ```text
//! cargo test -p exercises first_pipes::step_1
//! ```
//!
//! **Step 1.** `number_from_child(work)` calls `work` in a child. The child sends the number that
//! `work` returns, which has eight bytes, through a pipe, and the parent returns this number. If
//! the child ends before it has sent the number, the parent returns an error instead of waiting for
//! ever.
//!
//! **Step 2.** `text_from_child(work)` does the same with a string, whose length the parent does
//! not know. The parent therefore reads until end-of-file. The string may be empty, and it may be
//! much larger than the capacity of a pipe.
//!
//! **Step 3.** `ask_child(question, answer)` sends a question to a child and returns the child's
//! answer. Both travel through one pair of connected sockets (`UnixStream::pair`). The child reads
//! the question until end-of-file, calls `answer` with it, and sends the result. The question and
//! the answer may both be large.
//!
//! In all steps, the child ends inside your function and never returns from it, and the parent
//! waits for the child. If a pipe cannot be created, or if a fork, a read or a wait fails, return
//! the error. In this exercise `work` does not panic, and the parent may treat whatever has arrived
//! before end-of-file as the whole string; `pipe_return_data` covers the other cases.
//!
//! The functions may be called only in a process with one thread, because a fork copies only the
//! calling thread. The checks ensure that this condition holds.

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
/// Fails if the pipe cannot be created, if the fork or the wait fails, or if no number arrives.
pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    todo!("create a pipe and fork; the child writes eight bytes, the parent reads them and waits")
}

/// Step 2: calls `work` in a child, and returns the text that the child sends through a pipe.
///
/// # Errors
///
/// Fails if the pipe cannot be created, or if the fork, a read or the wait fails.
pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    todo!("the child writes the text; the parent reads until end-of-file, and then waits")
}

/// Step 3: sends `question` to a child, which calls `answer` with it, and returns the result.
///
/// # Errors
///
/// Fails if the sockets cannot be created, or if the fork, a read or write, or the wait fails.
pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    todo!("create two sockets and fork; send {question:?}, shut down writing, read the answer")
}
