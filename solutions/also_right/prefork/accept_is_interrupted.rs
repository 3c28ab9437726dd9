//! Each worker waits in `accept`, and SIGTERM's handler ends it if no client is being served.

use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    let events: SigSet = [Signal::SIGCHLD, Signal::SIGHUP, Signal::SIGTERM].into_iter().collect();
    let before = events.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let (mut now, mut old) = (Vec::new(), Vec::new());
    let result = (|| {
        loop {
            while now.len() < workers {
                match unsafe { fork() }? {
                    ForkResult::Child => {
                        let _ = catch_unwind(AssertUnwindSafe(|| work(listener, &handle)));
                        exit(0)
                    }
                    ForkResult::Parent { child } => now.push(child),
                }
            }
            match events.wait()? {
                Signal::SIGCHLD => {
                    now.retain(is_alive);
                    old.retain(is_alive);
                }
                Signal::SIGHUP => {
                    now.iter().for_each(tell);
                    old.append(&mut now);
                }
                _ => return Ok(()),
            }
        }
    })();
    now.iter().for_each(tell);
    old.append(&mut now);
    old.retain(is_alive);
    while !old.is_empty() {
        events.wait()?;
        old.retain(is_alive);
    }
    // The kernel forgets a pending signal that is ignored for a moment.
    for signal in [Signal::SIGHUP, Signal::SIGTERM] {
        unsafe {
            let action = libc::signal(signal as i32, libc::SIG_IGN);
            libc::signal(signal as i32, action);
        }
    }
    before.thread_set_mask()?;
    result
}

fn tell(worker: &Pid) {
    let _ = kill(*worker, Signal::SIGTERM);
}

fn is_alive(worker: &Pid) -> bool {
    waitpid(*worker, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
}

/// The socket blocks. SIGTERM is unblocked only while this waits in `accept`, and ends it there.
fn work(listener: &TcpListener, handle: &dyn Fn(TcpStream)) {
    let term = SigSet::from(Signal::SIGTERM);
    loop {
        let _ = term.thread_unblock();
        let client = unsafe { libc::accept(listener.as_raw_fd(), std::ptr::null_mut(), std::ptr::null_mut()) };
        let _ = term.thread_block();
        if client >= 0 {
            handle(unsafe { TcpStream::from_raw_fd(client) });
        } else if Errno::last() != Errno::EINTR {
            return;
        }
    }
}
