//! A worker stops when its pipe from the parent has ended, so that the parent needs no signal to
//! tell it. The parent reads its own signals from a signalfd.
//!
//! only: linux

use std::io::{PipeWriter, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

struct Worker {
    pid: Pid,
    /// `None` for one that has been told to stop.
    lead: Option<PipeWriter>,
}

pub fn serve(
    listener: &TcpListener,
    workers: usize,
    handle: impl Fn(TcpStream),
) -> nix::Result<()> {
    let signals: SigSet = [Signal::SIGCHLD, Signal::SIGHUP, Signal::SIGTERM].into_iter().collect();
    let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let _ = listener.set_nonblocking(true);
    let fd = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    let result = run(listener, workers, &handle, &fd);
    while fd.read_signal()?.is_some() {}
    let _ = listener.set_nonblocking(false);
    before.thread_set_mask()?;
    result
}

fn run(
    listener: &TcpListener,
    wanted: usize,
    handle: &dyn Fn(TcpStream),
    fd: &SignalFd,
) -> nix::Result<()> {
    let mut all: Vec<Worker> = Vec::new();
    let mut over = None;
    loop {
        while over.is_none() && all.iter().filter(|worker| worker.lead.is_some()).count() < wanted {
            if let Err(error) = start(listener, handle, &mut all) {
                over = Some(Err(error));
            }
        }
        if over.is_some() {
            all.iter_mut().for_each(|worker| worker.lead = None);
        }
        all.retain(|worker| {
            waitpid(worker.pid, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
        });
        if let Some(result) = over
            && all.is_empty()
        {
            return result;
        }
        if over.is_none() && all.iter().filter(|worker| worker.lead.is_some()).count() < wanted {
            continue;
        }
        poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
        while let Some(info) = fd.read_signal()? {
            match info.ssi_signo as i32 {
                libc::SIGTERM => over = over.or(Some(Ok(()))),
                libc::SIGHUP => all.iter_mut().for_each(|worker| worker.lead = None),
                _ => {}
            }
        }
    }
}

fn start(listener: &TcpListener, handle: &dyn Fn(TcpStream), all: &mut Vec<Worker>) -> nix::Result<()> {
    let (reader, writer) = pipe().map_err(|_| Errno::EMFILE)?;
    match unsafe { fork() }? {
        ForkResult::Child => {
            // Neither this one's write end nor those of the others, or their ends would never come.
            drop(writer);
            all.iter_mut().for_each(|worker| worker.lead = None);
            let work = || loop {
                let fds = &mut [
                    PollFd::new(listener.as_fd(), PollFlags::POLLIN),
                    PollFd::new(reader.as_fd(), PollFlags::POLLIN),
                ];
                while poll(fds, PollTimeout::NONE) == Err(Errno::EINTR) {}
                if fds[1].any() == Some(true) {
                    return;
                }
                if let Ok((client, _)) = listener.accept() {
                    let _ = client.set_nonblocking(false);
                    handle(client);
                }
            };
            let _ = catch_unwind(AssertUnwindSafe(work));
            exit(0)
        }
        ForkResult::Parent { child } => all.push(Worker { pid: child, lead: Some(writer) }),
    }
    Ok(())
}
