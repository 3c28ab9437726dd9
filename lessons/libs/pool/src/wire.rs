//! The two sockets between the parent and a worker.
//!
//! * The **bell** wakes: a byte says "look at the page", and end-of-file "I am gone". Its bytes mean
//!   nothing else, so no byte in it is ever believed. The worker announces each on the page first; what
//!   it has not announced was written by the function.
//! * The **bulk** socket carries values that are too large for a ring, each in a frame between two
//!   marks. The ring has announced length and mark, so bytes of anybody else are noticed before one of
//!   them is used.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::socket::{MsgFlags, recv, send};
use nix::sys::stat::fstat;

use crate::sys::NO_SIGNAL;

/// The bytes before and behind a value in the bulk socket.
const MARK: usize = 8;

/// How much of a value one write offers to the socket.
const WRITE: usize = 256 * 1024;

thread_local! {
    /// The parent's ends of all workers' sockets, of every pool of this thread.
    static PARENT_ENDS: RefCell<BTreeSet<RawFd>> = const { RefCell::new(BTreeSet::new()) };
}

/// The sockets of a worker that is about to be forked: the parent's ends, and the worker's.
pub(crate) fn pair() -> io::Result<(ParentWires, WorkerWires)> {
    let (bell, their_bell) = socket_pair()?;
    let (bulk, their_bulk) = socket_pair()?;
    let ours = ParentWires { bell: ParentEnd::new(bell)?, bulk: ParentEnd::new(bulk)? };
    let theirs =
        WorkerWires { bell: WorkerEnd::new(their_bell)?, bulk: WorkerEnd::new(their_bulk)? };
    Ok((ours, theirs))
}

/// Two sockets above 2: a daemon has closed 0, 1 and 2, and whatever gets these numbers is printed to.
fn socket_pair() -> io::Result<(UnixStream, UnixStream)> {
    let (one, other) = UnixStream::pair()?;
    Ok((above_standard(one)?, above_standard(other)?))
}

fn above_standard(stream: UnixStream) -> io::Result<UnixStream> {
    if stream.as_raw_fd() > 2 {
        return Ok(stream);
    }
    let number = fcntl(&stream, FcntlArg::F_DUPFD_CLOEXEC(3))?;
    // SAFETY: `fcntl` has just made this descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) }.into())
}

/// The parent's ends.
pub(crate) struct ParentWires {
    pub(crate) bell: ParentEnd,
    pub(crate) bulk: ParentEnd,
}

/// The parent's end of one socket. It never blocks: the parent waits in `poll` only.
///
/// A worker must not have a copy of another worker's: that one would never see end-of-file.
pub(crate) struct ParentEnd(UnixStream);

/// What a read from a socket returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    Bytes(usize),
    Nothing,
    End,
}

impl ParentEnd {
    fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        PARENT_ENDS.with_borrow_mut(|ends| ends.insert(stream.as_raw_fd()));
        Ok(ParentEnd(stream))
    }

    /// Reads what is there, up to the size of `buffer`.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Received {
        match recv(self.0.as_raw_fd(), buffer, MsgFlags::empty()) {
            Ok(0) => Received::End,
            Ok(count) => Received::Bytes(count),
            Err(Errno::EAGAIN | Errno::EINTR) => Received::Nothing,
            Err(_) => Received::End,
        }
    }

    /// Sends what the socket takes at once.
    fn send(&self, bytes: &[u8]) -> Received {
        match send(self.0.as_raw_fd(), bytes, NO_SIGNAL) {
            Ok(count) => Received::Bytes(count),
            Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::EINTR) => Received::Nothing,
            Err(_) => Received::End,
        }
    }

    /// Whether there is something to read.
    pub(crate) fn has_bytes(&self) -> bool {
        let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
        recv(self.0.as_raw_fd(), &mut [0], flags).is_ok_and(|count| count > 0)
    }

    /// Wakes the worker. If it is gone, end-of-file will say so.
    pub(crate) fn ring(&self) {
        let _ = self.send(&[1]);
    }

    /// Tells the worker that nothing more will come. It works even where another process has a copy
    /// of this end.
    pub(crate) fn close(&self) {
        let _ = self.0.shutdown(std::net::Shutdown::Write);
    }
}

impl AsFd for ParentEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Drop for ParentEnd {
    fn drop(&mut self) {
        PARENT_ENDS.with_borrow_mut(|ends| ends.remove(&self.0.as_raw_fd()));
    }
}

/// A value on its way into the bulk socket.
pub(crate) struct Outgoing {
    mark: u64,
    body: Rc<Vec<u8>>,
    sent: usize,
}

impl Outgoing {
    pub(crate) fn new(mark: u64, body: Rc<Vec<u8>>) -> Self {
        Outgoing { mark, body, sent: 0 }
    }

    /// Sends as much as the socket takes now. Whether all is sent; `None` if the worker is gone.
    pub(crate) fn send(&mut self, end: &ParentEnd) -> Option<bool> {
        let mark = self.mark.to_le_bytes();
        loop {
            let behind = MARK + self.body.len();
            let rest = match self.sent {
                sent if sent < MARK => &mark[sent..],
                sent if sent < behind => {
                    let rest = &self.body[sent - MARK..];
                    &rest[..rest.len().min(WRITE)]
                }
                sent if sent < behind + MARK => &mark[sent - behind..],
                _ => return Some(true),
            };
            match end.send(rest) {
                Received::Bytes(count) => self.sent += count,
                Received::Nothing => return Some(false),
                Received::End => return None,
            }
        }
    }
}

/// A value on its way out of the bulk socket: between two marks, of an announced length.
pub(crate) struct Incoming {
    mark: [u8; MARK],
    length: usize,
    /// How many bytes of the frame have come.
    received: usize,
    /// `Err`: there is no memory for so much, and it is thrown away as it comes.
    body: Result<Vec<u8>, ()>,
}

/// How a value came out of the bulk socket.
pub(crate) enum Delivery {
    /// It is not complete.
    Pending,
    /// All of it, or nothing because there was no memory.
    Complete(Result<Vec<u8>, ()>),
    /// Other bytes than the announced ones, or the end.
    Broken,
}

impl Incoming {
    pub(crate) fn new(length: usize, mark: u64) -> Self {
        let mut body = Vec::new();
        let body = body.try_reserve_exact(length).map(|()| body).map_err(drop);
        Incoming { mark: mark.to_le_bytes(), length, received: 0, body }
    }

    /// How many bytes of the frame have come.
    pub(crate) fn received(&self) -> usize {
        self.received
    }

    /// Reads what is there. With a socket that blocks: until all is there.
    pub(crate) fn receive(&mut self, stream: &UnixStream) -> Delivery {
        loop {
            let behind = MARK + self.length;
            let read = if self.received < MARK {
                self.receive_mark(stream, self.received)
            } else if self.received < behind {
                self.receive_body(stream, behind - self.received)
            } else if self.received < behind + MARK {
                self.receive_mark(stream, self.received - behind)
            } else {
                return Delivery::Complete(std::mem::replace(&mut self.body, Err(())));
            };
            match read {
                Ok(0) => return Delivery::Broken,
                Ok(count) => self.received += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Delivery::Pending;
                }
                Err(_) => return Delivery::Broken,
            }
        }
    }

    fn receive_mark(&self, mut stream: &UnixStream, from: usize) -> io::Result<usize> {
        let mut mark = [0; MARK];
        let count = stream.read(&mut mark[..MARK - from])?;
        let right = mark[..count] == self.mark[from..from + count];
        if right { Ok(count) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Reads straight to where it belongs, without filling the memory with zeroes first.
    fn receive_body(&mut self, mut stream: &UnixStream, missing: usize) -> io::Result<usize> {
        let Ok(body) = &mut self.body else {
            let mut nowhere = [0; 64 * 1024];
            let count = missing.min(nowhere.len());
            return stream.read(&mut nowhere[..count]);
        };
        let before = body.len();
        // After an error, what was read before it is still in the body.
        let read = stream.take(missing as u64).read_to_end(body);
        match (body.len() - before, read) {
            (0, read) => read,
            (count, _) => Ok(count),
        }
    }
}

impl ParentEnd {
    pub(crate) fn deliver(&self, incoming: &mut Incoming) -> Delivery {
        incoming.receive(&self.0)
    }
}

/// The worker's ends.
pub(crate) struct WorkerWires {
    pub(crate) bell: WorkerEnd,
    pub(crate) bulk: WorkerEnd,
}

/// The worker's end of one socket, which blocks.
///
/// The function may close every descriptor, and open others that get their numbers. So before each
/// use the worker checks that this is still its own: no byte goes into a file of the user's.
pub(crate) struct WorkerEnd {
    stream: UnixStream,
    identity: (u64, u64),
}

/// The parent is gone, or the function has closed the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    Parent,
    Socket,
}

impl WorkerEnd {
    fn new(stream: UnixStream) -> io::Result<Self> {
        let identity = identity(&stream)?;
        Ok(WorkerEnd { stream, identity })
    }

    fn check(&self) -> Result<(), Gone> {
        let same = identity(&self.stream).is_ok_and(|identity| identity == self.identity);
        if same { Ok(()) } else { Err(Gone::Socket) }
    }

    /// Waits for the parent's bell.
    pub(crate) fn wait(&self) -> Result<(), Gone> {
        let mut bytes = [0; 64];
        loop {
            self.check()?;
            match recv(self.stream.as_raw_fd(), &mut bytes, MsgFlags::empty()) {
                Ok(0) => return Err(Gone::Parent),
                Ok(_) => return Ok(()),
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(Errno::EBADF | Errno::ENOTSOCK) => return Err(Gone::Socket),
                Err(_) => return Err(Gone::Parent),
            }
        }
    }

    /// Wakes the parent. A byte that finds no room is one of many, and so not needed.
    pub(crate) fn ring(&self) -> Result<(), Gone> {
        self.check()?;
        let _ = send(self.stream.as_raw_fd(), &[1], NO_SIGNAL | MsgFlags::MSG_DONTWAIT);
        Ok(())
    }

    /// Sends a value, whatever time that takes.
    pub(crate) fn send(&self, mark: u64, body: &[u8]) -> Result<(), Gone> {
        let mark = mark.to_le_bytes();
        self.check()?;
        [&mark, body, &mark].into_iter().try_for_each(|part| self.send_all(part))
    }

    fn send_all(&self, mut bytes: &[u8]) -> Result<(), Gone> {
        while !bytes.is_empty() {
            match send(self.stream.as_raw_fd(), bytes, NO_SIGNAL) {
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::EINTR) => {}
                Err(Errno::EBADF | Errno::ENOTSOCK) => return Err(Gone::Socket),
                Err(_) => return Err(Gone::Parent),
            }
        }
        Ok(())
    }

    /// Takes an announced value, waiting for it. The inner error: there is no memory for so much.
    pub(crate) fn receive(&self, length: usize, mark: u64) -> Result<Result<Vec<u8>, ()>, Gone> {
        self.check()?;
        match Incoming::new(length, mark).receive(&self.stream) {
            Delivery::Complete(body) => Ok(body),
            Delivery::Pending | Delivery::Broken => Err(Gone::Parent),
        }
    }
}

/// Device and inode of a socket: no other descriptor has the same.
fn identity(stream: &UnixStream) -> nix::Result<(u64, u64)> {
    let status = fstat(stream)?;
    #[allow(
        clippy::allow_attributes,
        clippy::unnecessary_cast,
        reason = "the types differ between systems"
    )]
    Ok((status.st_dev as u64, status.st_ino as u64))
}

/// In a new worker: puts a dead socket in the place of each of the parent's ends.
///
/// Closing them would be enough for end-of-file. But the function may have captured another pool, which
/// owns these numbers here too: whatever the worker opens next would get them, and that pool would read,
/// write and close it.
pub(crate) fn replace_parent_ends() {
    let Ok((dead, _)) = socket_pair() else { return close_parent_ends() };
    for end in PARENT_ENDS.take() {
        // SAFETY: the number keeps its owner, which from now on owns the copy of a dead socket.
        unsafe { libc::dup2(dead.as_raw_fd(), end) };
        // SAFETY: the descriptor was made by the call above.
        unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// No descriptor is left for a dead socket. Then at least end-of-file must work.
fn close_parent_ends() {
    for end in PARENT_ENDS.take() {
        // SAFETY: the owner is the parent's; its copy here is dropped only if the function has
        // captured a pool.
        unsafe { libc::close(end) };
    }
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Gone, Incoming, Outgoing, Received, pair};
    use std::io::Write;
    use std::rc::Rc;

    const MARK: u64 = 0x0123_4567_89ab_cdef;

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no socket pairs")]
    fn a_value_comes_whole() {
        let (ours, theirs) = pair().unwrap();
        let mut outgoing = Outgoing::new(MARK, Rc::new(vec![7; 100_000]));
        assert_eq!(outgoing.send(&ours.bulk), Some(true));
        assert_eq!(theirs.bulk.receive(100_000, MARK), Ok(Ok(vec![7; 100_000])));
        theirs.bulk.send(MARK, b"back").unwrap();
        let mut incoming = Incoming::new(4, MARK);
        assert!(
            matches!(ours.bulk.deliver(&mut incoming), Delivery::Complete(Ok(b)) if b == b"back")
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no socket pairs")]
    fn strange_bytes_are_noticed() {
        for (before, length) in [(true, 4), (false, 3), (false, 5)] {
            let (ours, theirs) = pair().unwrap();
            if before {
                (&theirs.bulk.stream).write_all(&[0]).unwrap();
            }
            theirs.bulk.send(MARK, b"back").unwrap();
            let mut incoming = Incoming::new(length, MARK);
            assert!(matches!(ours.bulk.deliver(&mut incoming), Delivery::Broken));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no socket pairs")]
    fn the_other_side_s_end_is_seen() {
        let (ours, theirs) = pair().unwrap();
        ours.bell.ring();
        assert_eq!(theirs.bell.wait(), Ok(()));
        ours.bell.close();
        assert_eq!(theirs.bell.wait(), Err(Gone::Parent));
        drop(theirs);
        assert_eq!(ours.bell.receive(&mut [0]), Received::End);
    }
}
