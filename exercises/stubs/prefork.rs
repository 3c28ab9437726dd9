//! # prefork: a server that survives its workers
//!
//! `serve(listener, workers, handle)` forks so many workers. Each accepts clients of `listener`, one
//! after the other, and calls `handle` for each. The process that has called `serve` accepts none: it
//! waits for signals.
//!
//! * A worker that ends or is killed is replaced at once. Its client is lost, and no other.
//! * SIGHUP, a reload: every worker is replaced by a new one, and no client is refused meanwhile.
//! * SIGTERM: the workers stop, and the function returns.
//! * A worker that is to stop, for a reload or at the end, finishes the client that it has, and takes
//!   no other.
//! * When the function returns, no child is left, and what this process does about its signals is
//!   as it was before. `listener` is blocking when the function is called, and again when it returns.
//! * The caller may have other children, which are not yours.
//! * If a fork fails, at the beginning or later, stop the workers that there are, and return the
//!   error.
//! * All processes sleep while they wait.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::exit;

use nix::errno::Errno;
use nix::sys::select::{FdSet, pselect};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::signal::{kill, sigaction};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// Serves clients of `listener` with so many workers, until SIGTERM.
///
/// # Errors
///
/// If a worker cannot be forked.
pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    todo!("serve clients of {listener:?} with {workers} workers")
}
