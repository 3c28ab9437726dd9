//! A connection to every other process, or a message that names the processes that are missing.
//!
//! timely can do this itself, but tries again for ever; here there is a limit. Every process
//! listens first, then connects to those with lower numbers, then accepts those with higher ones.
//! No circle of waiting processes can arise, because a connection succeeds as soon as the other
//! process listens.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use lesson_cli::Failure;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cluster::Cluster;
use crate::handshake::Handshake;
use crate::peer_lost::tell;

/// How long to wait before the next attempt to connect.
const PAUSE: Duration = Duration::from_millis(20);

/// A peer that connects and sends no handshake for this long is not a process of this run.
const HANDSHAKE_TIME: Duration = Duration::from_secs(2);

/// Sockets to all processes, in their order; `None` for this one.
///
/// # Errors
///
/// A message in words: this process cannot listen, or another one is missing or was started with
/// other arguments.
pub(crate) fn all(cluster: &Cluster, files: u64) -> Result<Vec<Option<TcpStream>>, Failure> {
    let rendezvous = Rendezvous {
        cluster,
        handshake: Handshake {
            process: cluster.process as u64,
            processes: cluster.addresses.len() as u64,
            workers: cluster.workers as u64,
            files,
        },
        deadline: Instant::now() + cluster.limit,
    };
    let listener = rendezvous.listen()?;
    let mut sockets = Vec::new();
    for lower in 0..cluster.process {
        sockets.push(Some(rendezvous.connect(lower)?));
    }
    sockets.push(None);
    sockets.extend(rendezvous.accept(&listener)?);
    for (lower, socket) in sockets.iter().take(cluster.process).enumerate() {
        socket.iter().try_for_each(|socket| rendezvous.answer(lower, socket))?;
    }
    Ok(sockets)
}

/// One process's side of the connections.
struct Rendezvous<'a> {
    cluster: &'a Cluster,
    handshake: Handshake,
    deadline: Instant,
}

impl Rendezvous<'_> {
    fn listen(&self) -> Result<TcpListener, Failure> {
        let me = self.cluster.me();
        let address = &self.cluster.addresses[self.cluster.process];
        let listener = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        let listener = listener.map_err(|error| {
            let hint = match error.kind() {
                ErrorKind::AddrInUse => {
                    "another program, or this one, uses the port already; -h can name other ports"
                }
                ErrorKind::AddrNotAvailable => {
                    "that is not an address of this machine; is -p right?"
                }
                _ => "is the address right?",
            };
            other(format!("{me} cannot listen at {address}: {error}\nhint: {hint}"))
        })?;
        let limit = self.cluster.limit.as_secs();
        tell(&format!("{me}: listens at {address} and waits up to {limit} s for the others"));
        Ok(listener)
    }

    /// Connects to a process that may not have started yet, and sends it the handshake.
    fn connect(&self, process: usize) -> Result<TcpStream, Failure> {
        loop {
            let error = match self.try_to_connect(&self.cluster.addresses[process]) {
                Ok(socket) => return Ok(socket),
                Err(error) => error,
            };
            if self.left(PAUSE).is_none() {
                return Err(self.missing(&[process], Some(&error.to_string())));
            }
            pause();
        }
    }

    /// One attempt. A name lookup takes as long as the system allows its name servers.
    fn try_to_connect(&self, address: &str) -> io::Result<TcpStream> {
        let mut error = io::Error::other("the name has no address");
        for address in address.to_socket_addrs()? {
            let left = self.left(Duration::MAX).unwrap_or(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, left) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    self.handshake.send(&socket)?;
                    return Ok(socket);
                }
                Err(reason) => error = reason,
            }
        }
        Err(error)
    }

    /// Accepts all processes with higher numbers, in whichever order they come.
    fn accept(&self, listener: &TcpListener) -> Result<Vec<Option<TcpStream>>, Failure> {
        let first = self.cluster.process + 1;
        let mut sockets: Vec<_> = (first..self.cluster.addresses.len()).map(|_| None).collect();
        loop {
            let missing: Vec<_> = (0..sockets.len()).filter(|&i| sockets[i].is_none()).collect();
            if missing.is_empty() {
                return Ok(sockets);
            }
            let Some(left) = self.left(Duration::MAX) else {
                let missing: Vec<_> = missing.into_iter().map(|i| first + i).collect();
                return Err(self.missing(&missing, None));
            };
            if let Some((process, socket)) = self.accept_one(listener, left)? {
                // If it was connected before, it has been started again, and the older one is gone.
                sockets[process - first] = Some(socket);
            }
        }
    }

    /// The next process that connects, if it is one of this run.
    fn accept_one(
        &self,
        listener: &TcpListener,
        left: Duration,
    ) -> Result<Option<(usize, TcpStream)>, Failure> {
        let socket = match wait_and_accept(listener, left) {
            Ok(socket) => socket,
            Err(error) if is_passing(&error) => return Ok(None),
            Err(error) => return Err(Failure::system("accepting a connection", error)),
        };
        let Ok(handshake) = receive(&socket, left.min(HANDSHAKE_TIME)) else {
            return Ok(None); // a program that scans for open ports
        };
        // The answer comes first, so that a process that does not match learns of it too.
        if self.handshake.send(&socket).is_err() {
            return Ok(None);
        }
        let process = usize::try_from(handshake.process).unwrap_or(usize::MAX);
        self.check(process, &handshake)?;
        let expected = self.cluster.process + 1..self.cluster.addresses.len();
        Ok(expected.contains(&process).then_some((process, socket)))
    }

    /// The answer of a process that this one connected to, which comes when that process accepts.
    fn answer(&self, process: usize, socket: &TcpStream) -> Result<(), Failure> {
        let left = self.left(Duration::MAX).unwrap_or(Duration::from_millis(1));
        let (me, name) = (self.cluster.me(), self.cluster.name(process));
        match receive(socket, left) {
            Ok(handshake) => self.check(process, &handshake),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(other(format!("{me} found another program in place of {name}")))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(self.missing(&[process], Some("it is running, but still waits for others")))
            }
            Err(error) => {
                let hint = "hint: it was ended, or another process was missing; see its output";
                Err(other(format!("{me} lost the connection to {name}: {error}\n{hint}")))
            }
        }
    }

    fn check(&self, process: usize, handshake: &Handshake) -> Result<(), Failure> {
        match self.handshake.mismatch(handshake) {
            None => Ok(()),
            Some(mismatch) => {
                let me = self.cluster.me();
                Err(other(format!("{me} does not match process {process}: {mismatch}")))
            }
        }
    }

    /// The time that is left, if there is any, but no more than `most`.
    fn left(&self, most: Duration) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now()).min(most);
        (!left.is_zero()).then_some(left)
    }

    fn missing(&self, processes: &[usize], reason: Option<&str>) -> Failure {
        let names: Vec<_> = processes.iter().map(|&p| self.cluster.name(p)).collect();
        let (me, names) = (self.cluster.me(), names.join(", "));
        let limit = self.cluster.limit.as_secs();
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        other(format!(
            "{me} got no connection to {names} within {limit} s{reason}\n\
             hint: was it started with the same -n and -h? Is the address right and the port open?"
        ))
    }
}

/// Waits for a connection, for as long as is left.
fn wait_and_accept(listener: &TcpListener, left: Duration) -> io::Result<TcpStream> {
    let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    poll(&mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)], timeout)?;
    let (socket, _) = listener.accept()?;
    socket.set_nonblocking(false)?; // on some systems it inherits that from the listener
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Not a failure: no connection came, a signal came, or a peer connected and left at once.
fn is_passing(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted | ConnectionAborted | ConnectionReset)
}

/// The handshake of the other side, within `limit`. Afterwards the socket has no time limit.
fn receive(socket: &TcpStream, limit: Duration) -> io::Result<Handshake> {
    socket.set_read_timeout(Some(limit))?;
    let handshake = Handshake::receive(socket)?;
    socket.set_read_timeout(None)?;
    Ok(handshake)
}

fn other(text: String) -> Failure {
    Failure::Other(text)
}

#[expect(clippy::disallowed_methods, reason = "asks again in a while; no order depends on it")]
fn pause() {
    thread::sleep(PAUSE);
}
