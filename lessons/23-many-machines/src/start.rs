//! Until all its threads have started, a process prints nothing and sends nothing.
//!
//! The kernel may refuse a thread. The threads that were started before then lack it: workers
//! panic, and the threads for the sockets conclude that the work is done and send timely's
//! final message. The other processes would believe it, and wait for ever for this process's rows.
//! So here every thread waits for a signal from the main thread. If the main thread has to report
//! a refused thread instead, the signal never comes, all threads end with the process, and the
//! other processes see that the connection is lost.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::OnceLock;
use std::thread;

use timely::communication::allocator::zero_copy::stream::Stream;

static STARTED: OnceLock<()> = OnceLock::new();

/// The main thread's signal: all threads have started.
pub(crate) fn all_started() {
    // An error would mean that it was given before.
    let _ = STARTED.set(());
}

/// Waits for that signal, if the calling thread is one of timely's.
pub(crate) fn wait_for_all() {
    if thread::current().name().is_some_and(|name| name.starts_with("timely:")) {
        STARTED.wait();
    }
}

/// A connection on which nothing is sent before [`all_started`].
pub(crate) struct GatedStream(pub(crate) TcpStream);

impl Read for GatedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for GatedStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        STARTED.wait(); // only timely's threads write here
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stream for GatedStream {
    fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(GatedStream)
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.0.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }
}
