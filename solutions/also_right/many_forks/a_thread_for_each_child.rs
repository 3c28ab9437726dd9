//! When all have been forked, a thread waits for each child, and the first to return is the first
//! in the list.

use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::mpsc;
use std::thread;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_children(
    count: usize,
    work: impl Fn(usize) -> u8,
) -> nix::Result<Vec<(usize, WaitStatus)>> {
    let _ = stdout().flush();
    let mut children = Vec::new();
    let mut failed = None;
    for number in 0..count {
        // SAFETY: this process has one thread until all have been forked.
        match unsafe { fork() } {
            Err(error) => {
                failed = Some(error);
                break;
            }
            Ok(ForkResult::Child) => {
                exit(catch_unwind(AssertUnwindSafe(|| work(number))).unwrap_or(101).into())
            }
            Ok(ForkResult::Parent { child }) => children.push(child),
        }
    }
    let (sender, receiver) = mpsc::channel();
    let ended = thread::scope(|scope| {
        for (number, &child) in children.iter().enumerate() {
            let sender = sender.clone();
            scope.spawn(move || sender.send((number, waitpid(child, None))));
        }
        drop(sender);
        receiver.iter().map(|(number, status)| Ok((number, status?))).collect()
    });
    failed.map_or(ended, Err)
}
