//! Four ways in which a child can end, and what each of them still runs: destructors of values on
//! the stack and of thread-locals, exit handlers, and the text in Rust's buffer of standard output.
//!
//! Each child writes its marks into a pipe, which the parent reads to its end.

use std::cell::Cell;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::process::exit;

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, dup2_stdout, fork};

/// Reports that it was dropped.
struct Mark(&'static str);

impl Drop for Mark {
    fn drop(&mut self) {
        // SAFETY: the bytes are a valid slice; descriptor 1 is the pipe, and write(2) keeps no pointer.
        unsafe { libc::write(1, self.0.as_ptr().cast(), self.0.len()) };
    }
}

thread_local! {
    static LOCAL: Cell<Option<Mark>> = const { Cell::new(None) };
}

extern "C" fn handler() {
    drop(Mark("exit handler ran, "));
}

fn main() -> io::Result<()> {
    for how in ["return", "panic", "exit", "_exit"] {
        let (mut reader, writer) = io::pipe()?;
        // SAFETY: this process has one thread, so no other thread can hold a lock at the fork.
        match unsafe { fork() }? {
            ForkResult::Child => {
                dup2_stdout(OwnedFd::from(writer))?;
                return child(how); // a child that returns or panics leaves `main`, which is the subject
            }
            ForkResult::Parent { child } => {
                drop(writer);
                let mut marks = String::new();
                reader.read_to_string(&mut marks)?;
                waitpid(child, None)?;
                let marks = marks.trim_end_matches(", ");
                println!(
                    "{:<7} {}",
                    format!("{how}:"),
                    if marks.is_empty() { "nothing" } else { marks }
                );
            }
        }
    }
    Ok(())
}

/// Leaves one mark of each kind, and ends the process.
fn child(how: &str) -> io::Result<()> {
    let _on_the_stack = Mark("stack dropped, ");
    LOCAL.set(Some(Mark("thread-local dropped, ")));
    // SAFETY: `handler` is a function that lives as long as the program.
    unsafe { libc::atexit(handler) };
    print!("buffered text written, ");
    match how {
        "panic" => panic!("this child ends by a panic"),
        "exit" => exit(0),
        // SAFETY: `_exit` takes any number and does not return.
        "_exit" => unsafe { libc::_exit(0) },
        _ => Ok(()),
    }
}
