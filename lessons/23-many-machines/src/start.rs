//! Before all its threads are there, a process says nothing, to its user or to the others.
//!
//! The system may refuse a thread. Those that were started before then miss it: some panic, and
//! those for the sockets take it that the work is done, and send timely's farewell. The others
//! would believe it, and wait for ever for what this process had to give. So here all of them
//! wait for a word from the main thread. If it has to report a refused thread instead, the word
//! never comes, they end with the process, and the others see that the connection is lost.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::OnceLock;
use std::thread;

use timely::communication::allocator::zero_copy::stream::Stream;

static STARTED: OnceLock<()> = OnceLock::new();

/// The main thread's word: all threads are there.
pub(crate) fn all_started() {
    // An error would mean that it was said before.
    let _ = STARTED.set(());
}

/// Waits for that word, if the calling thread is one of timely's.
pub(crate) fn wait_for_all() {
    if thread::current().name().is_some_and(|name| name.starts_with("timely:")) {
        STARTED.wait();
    }
}

/// A connection on which nothing is sent before that.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        STARTED.wait(); // only timely's threads write here
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stream for Wire {
    fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Wire)
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.0.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }
}
