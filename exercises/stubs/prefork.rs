//! # prefork: a server that survives its workers
//!
//! `serve(listener, workers, handle)` forks `workers` workers. Each worker accepts clients of
//! `listener`, one after the other, and calls `handle` for each client. The process that called
//! `serve` does not accept clients: it waits for signals.
//!
//! * Replace a worker at once if it ends or is killed. The client of this worker is lost, but no
//!   other client is.
//! * SIGHUP means reload: replace every worker with a new one, without refusing any client in the
//!   meantime. The new workers do not wait until the old ones have finished.
//! * At SIGTERM, stop the workers, and return from the function.
//! * A worker that has to stop, at a reload or at the end, finishes serving its current client, and
//!   takes no other. (The checks allow it to take a client that is already connected.)
//! * Both signals may be sent to the workers too, as when they are sent to a whole process group.
//! * A worker goes on when `accept` fails, because the client may only have given up.
//! * When the function returns, none of your children is left, and this process handles its signals
//!   as it did before the call. `listener` is blocking when the function is called, and has to be
//!   blocking when it returns.
//! * The caller may have other children, which do not belong to your function. It may also ignore
//!   these signals, or have handlers for them, and a fork copies this.
//! * If a fork fails, at the beginning or later, stop the existing workers, and return the error.
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

/// Serves clients of `listener` with `workers` workers, until SIGTERM arrives.
///
/// # Errors
///
/// Fails if a worker cannot be forked.
pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    todo!("serve clients of {listener:?} with {workers} workers")
}
