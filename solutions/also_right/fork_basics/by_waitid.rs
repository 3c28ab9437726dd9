//! The guard pattern: a value whose destructor ends the child, so that no path leads out; waitid
//! instead of waitpid; a loop round both.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, fork};

/// Ends its process when it is dropped, by a return or by a panic.
struct EndOfChild(u8);

impl Drop for EndOfChild {
    fn drop(&mut self) {
        std::process::exit(self.0.into())
    }
}

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { fork() } {
        Err(error) => Err(error),
        Ok(ForkResult::Child) => {
            let mut end = EndOfChild(101);
            let _ = catch_unwind(AssertUnwindSafe(|| end.0 = work()));
            drop(end);
            unreachable!()
        }
        Ok(ForkResult::Parent { child }) => loop {
            match waitid(Id::Pid(child), WaitPidFlag::WEXITED) {
                Err(Errno::EINTR) => {}
                status => break status,
            }
        },
    }
}
