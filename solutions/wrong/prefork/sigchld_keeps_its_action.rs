//! SIGCHLD keeps the action that the function needs.
//!
//! base: reference
//! verdict: state not restored
//! check: the_caller_handles_its_signals

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
    // From here on, these signals remain pending until the loop asks for them, also in workers.
    let events: SigSet = [Signal::SIGCHLD, Signal::SIGHUP, Signal::SIGTERM].into_iter().collect();
    let before = events.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let actions = DefaultActions::set(&events)?;
    // A client wakes several workers, but one accepts it. The others must not block in `accept`.
    let _ = listener.set_nonblocking(true);
    let mut server =
        Server { listener, handle, wanted: workers, running: vec![], stopping: vec![] };
    let result = server.run(&events);
    server.stop(&events)?;
    let _ = listener.set_nonblocking(false);
    while is_pending(&events)? {
        events.wait()?; // it arrived while the workers ended, and was for this function too
    }
    drop(actions);
    before.thread_set_mask()?;
    result
}

struct Server<'a, Handle> {
    listener: &'a TcpListener,
    handle: Handle,
    wanted: usize,
    running: Vec<Pid>,
    /// The workers that have been told to stop.
    stopping: Vec<Pid>,
}

impl<Handle: Fn(TcpStream)> Server<'_, Handle> {
    /// Handles every event, until SIGTERM arrives or a fork fails.
    fn run(&mut self, events: &SigSet) -> nix::Result<()> {
        loop {
            while self.running.len() < self.wanted {
                let worker = self.start_worker()?;
                self.running.push(worker);
            }
            match events.wait()? {
                Signal::SIGTERM => return Ok(()),
                Signal::SIGHUP => self.stop_running(), // the next iteration starts new ones
                _sigchld => self.reap(),
            }
        }
    }

    fn start_worker(&self) -> nix::Result<Pid> {
        // SAFETY: to be called only in a process with one thread, so that no lock is held by a
        // thread that the child lacks. The checks ensure this; in a library it is an `unsafe fn`.
        match unsafe { fork()? } {
            ForkResult::Child => {
                let served = catch_unwind(AssertUnwindSafe(|| self.work()));
                exit(if matches!(served, Ok(Ok(()))) { 0 } else { 101 })
            }
            ForkResult::Parent { child } => Ok(child),
        }
    }

    /// SIGTERM is blocked, and can end the worker only while it waits for a client: `pselect`
    /// changes the mask and begins to wait in one step.
    fn work(&self) -> nix::Result<()> {
        let mut while_waiting = SigSet::thread_get_mask()?;
        while_waiting.remove(Signal::SIGTERM);
        loop {
            let mut readable = FdSet::new();
            readable.insert(self.listener.as_fd());
            match pselect(None, &mut readable, None, None, None, &while_waiting) {
                Err(Errno::EINTR) => continue,
                result => result?,
            };
            if let Ok((client, _)) = self.listener.accept() {
                let _ = client.set_nonblocking(false); // inherited on some systems
                (self.handle)(client);
            }
        }
    }

    fn stop_running(&mut self) {
        for worker in self.running.drain(..) {
            let _ = kill(worker, Signal::SIGTERM); // not yet reaped, so the PID is valid
            self.stopping.push(worker);
        }
    }

    /// One SIGCHLD may stand for several workers, so this checks each of them.
    fn reap(&mut self) {
        let runs = |worker: &Pid| {
            waitpid(*worker, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
        };
        self.running.retain(runs);
        self.stopping.retain(runs);
    }

    fn stop(&mut self, events: &SigSet) -> nix::Result<()> {
        self.stop_running();
        self.reap();
        while !self.stopping.is_empty() {
            events.wait()?;
            self.reap();
        }
        Ok(())
    }
}

/// As long as it exists, the kernel's own actions are in place. SIGTERM has to end a worker even if
/// the caller ignores or handles it, and while SIGCHLD is ignored, no end is reported.
struct DefaultActions(Vec<(Signal, SigAction)>);

impl DefaultActions {
    fn set(signals: &SigSet) -> nix::Result<Self> {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        // SAFETY: the kernel's own action runs no code of this program.
        let set = |signal| Ok((signal, unsafe { sigaction(signal, &default) }?));
        Ok(DefaultActions(signals.iter().map(set).collect::<nix::Result<_>>()?))
    }
}

impl Drop for DefaultActions {
    fn drop(&mut self) {
        for (signal, before) in &self.0[..2] {
            // SAFETY: this action was the process's own before.
            let _ = unsafe { sigaction(*signal, before) };
        }
    }
}

/// Whether one of `signals` is pending.
fn is_pending(signals: &SigSet) -> nix::Result<bool> {
    // SAFETY: zeroes are a valid set.
    let mut pending: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a set that lives through the call.
    Errno::result(unsafe { libc::sigpending(&raw mut pending) })?;
    // SAFETY: the kernel has written the set.
    let pending = unsafe { SigSet::from_sigset_t_unchecked(pending) };
    Ok(signals.iter().any(|signal| pending.contains(signal)))
}
