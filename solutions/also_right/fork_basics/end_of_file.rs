//! The parent waits for the end of a stream, which comes when the child has ended, and then reaps the child.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

pub fn run_in_child(work: impl FnOnce() -> u8) -> nix::Result<WaitStatus> {
    let failed = |error: std::io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
    let (mut here, there) = UnixStream::pair().map_err(failed)?;
    // SAFETY: this process has one thread; the checks see to that.
    match unsafe { fork()? } {
        ForkResult::Child => {
            drop(here);
            std::process::exit(catch_unwind(AssertUnwindSafe(work)).unwrap_or(101).into())
        }
        ForkResult::Parent { child } => {
            drop(there);
            let _ = here.read(&mut [0]); // nothing comes but the end
            waitpid(child, None)
        }
    }
}
