//! HAZARD, on purpose: a logger whose lines are written by a thread, and a fork.
//!
//! Only the parent has the thread. With `--in-child` the child makes a logger of its own.

use std::io;
use std::process::exit;
use std::sync::mpsc::{Sender, channel};
use std::thread::{JoinHandle, spawn};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

/// Lines go into a queue, and a thread writes them, as in every non-blocking logger.
struct Logger {
    queue: Sender<String>,
    writer: JoinHandle<()>,
}

impl Logger {
    fn new() -> Self {
        let (queue, lines) = channel::<String>();
        let writer = spawn(move || lines.iter().for_each(|line| println!("{line}")));
        Self { queue, writer }
    }

    fn log(&self, line: &str) {
        let accepted = self.queue.send(line.to_owned()).is_ok();
        assert!(accepted, "BUG: the queue exists as long as its writer");
    }

    /// Waits until all lines are written.
    fn close(self) {
        drop(self.queue);
        let _ = self.writer.join();
    }
}

fn main() -> io::Result<()> {
    let in_child = std::env::args().any(|argument| argument == "--in-child");
    let logger = Logger::new();
    // SAFETY: not sound in general, for there is a second thread: the hazard that is shown. That
    // thread waits for a line, and holds no lock while it waits.
    match unsafe { fork() }? {
        ForkResult::Child if in_child => {
            let own = Logger::new();
            own.log("child:  line 1");
            own.log("child:  line 2");
            own.close();
            exit(0);
        }
        ForkResult::Child => {
            logger.log("child:  line 1"); // accepted, and no error
            logger.log("child:  line 2");
            exit(0);
        }
        ForkResult::Parent { child } => {
            let end = waitpid(child, None)?;
            logger.log("parent: line 1");
            logger.close();
            println!("parent: {end:?}");
        }
    }
    Ok(())
}
