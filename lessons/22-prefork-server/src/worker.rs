//! A worker: one client after the other, until it is told to stop.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::select::{FdSet, pselect};
use nix::sys::signal::Signal::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, sigaction};
use nix::unistd::getpid;

/// Set by the handler, read between two clients.
static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn stop(_signal: i32) {
    STOP.store(true, Ordering::Relaxed);
}

/// A client that sends nothing must not hold a worker for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// What worker `number` does. SIGTERM is blocked except while it waits, so a client that it has
/// accepted gets its answer.
pub(crate) fn work(number: usize, listener: &TcpListener) -> ! {
    let prepared = prepare_signals();
    while prepared.is_ok() && wait_for_a_client(listener).is_ok() && !STOP.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((client, _)) => {
                let _ = answer(number, client); // an error is the client's
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {} // another worker has it
            Err(_) => exit(1),
        }
    }
    exit(0)
}

fn prepare_signals() -> nix::Result<()> {
    let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    for signal in [SIGINT, SIGHUP] {
        // SAFETY: to ignore a signal runs no code of this program.
        unsafe { sigaction(signal, &ignore) }?; // the parent handles them
    }
    let action = SigAction::new(SigHandler::Handler(stop), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler stores into an atomic, and nothing else.
    unsafe { sigaction(SIGTERM, &action) }?;
    let blocked: SigSet = [SIGTERM, SIGCHLD].into_iter().collect();
    blocked.thread_set_mask()
}

/// Sleeps until a client or SIGTERM comes. `pselect` unblocks the signal and begins to wait in one
/// step, so no signal can come in between.
fn wait_for_a_client(listener: &TcpListener) -> nix::Result<()> {
    let mut readable = FdSet::new();
    readable.insert(listener.as_fd());
    match pselect(None, &mut readable, None, None, None, &SigSet::empty()) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Reads a request to its empty line, works, and answers.
fn answer(number: usize, mut client: TcpStream) -> std::io::Result<()> {
    client.set_nonblocking(false)?;
    client.set_read_timeout(Some(PATIENCE))?;
    let (mut request, mut piece) = (Vec::<u8>::new(), [0; 1024]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match client.read(&mut piece)? {
            0 => return Ok(()), // the client has gone
            count => request.extend(&piece[..count]),
        }
    }
    work_for(Duration::from_millis(20));
    let body = format!("worker {number}, PID {}\n", getpid());
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    client.write_all((head + &body).as_bytes())
}

#[expect(clippy::disallowed_methods, reason = "the sleep is the work, and orders nothing")]
fn work_for(time: Duration) {
    thread::sleep(time);
}
