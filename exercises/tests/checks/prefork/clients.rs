//! Clients of a server, which run in a process of their own.

use std::io::{BufRead, BufReader, Error, Read, Write, pipe};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use grader::Helper;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid};

use super::super::answers::prefork::serve;
use super::tools;

/// Whether the helper has sent SIGTERM. After your function has returned, a second one would end the
/// check.
pub(super) static TOLD_TO_STOP: AtomicBool = AtomicBool::new(false);

/// What a client knows about the server.
#[derive(Clone, Copy)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// The process that called your function.
    pub(super) parent: Pid,
}

/// A client that a worker has accepted.
pub(super) struct Client {
    pub(super) stream: BufReader<TcpStream>,
    /// The worker's.
    pub(super) pid: Pid,
}

impl Server {
    /// Connects, and waits until a worker sends its PID.
    pub(super) fn connect(self) -> Result<Client, Error> {
        Client::new(TcpStream::connect(self.address)?)
    }

    /// A whole visit. Returns the worker's PID.
    pub(super) fn visit(self) -> Result<Pid, Error> {
        self.connect()?.finish()
    }

    pub(super) fn tell(self, signal: Signal) {
        TOLD_TO_STOP.fetch_or(signal == Signal::SIGTERM, Relaxed);
        let _ = kill(self.parent, signal);
    }
}

impl Client {
    /// Waits until a worker sends its PID.
    pub(super) fn new(stream: TcpStream) -> Result<Client, Error> {
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let (mut stream, mut line) = (BufReader::new(stream), String::new());
        stream.read_line(&mut line)?;
        let pid = line.trim().parse().map_err(|_| Error::other("the connection was closed"))?;
        Ok(Client { stream, pid: Pid::from_raw(pid) })
    }

    /// Lets the worker finish, and waits for its last message.
    pub(super) fn finish(mut self) -> Result<Pid, Error> {
        self.stream.get_mut().write_all(b".")?;
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest)?;
        match rest.as_str() {
            "bye\n" => Ok(self.pid),
            _ => Err(Error::other("the connection was closed too early")),
        }
    }
}

/// What a worker does with a client: it sends its PID, waits for a byte, and sends `bye`. An
/// exclamation mark makes it panic, and a zero ends it with status 0.
pub(super) fn handle(mut client: TcpStream) {
    let mut byte = [0];
    let _ = client.write_all(format!("{}\n", getpid()).as_bytes());
    if client.read_exact(&mut byte).is_ok() {
        if byte == *b"!" {
            tools::panic_on_purpose();
        }
        if byte == *b"0" {
            std::process::exit(0);
        }
        let _ = client.write_all(b"bye\n");
    }
}

/// Serves with your function while a helper, which is not a child of yours, runs `clients`. Afterwards
/// the helper sends SIGTERM, unless `clients` has done so.
#[track_caller]
pub(super) fn served(workers: usize, clients: impl FnOnce(Server) -> Result<(), String>) {
    assert_eq!(result_of(workers, clients), Ok(()), "serve, until SIGTERM");
}

/// The same, and returns the result. If that is to be an error, `clients` says that no SIGTERM is to be
/// sent afterwards.
#[track_caller]
pub(super) fn result_of(
    workers: usize,
    clients: impl FnOnce(Server) -> Result<(), String>,
) -> nix::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket for the check");
    let server = Server {
        address: listener.local_addr().expect("the address of the check's socket"),
        parent: getpid(),
    };
    let (mut reader, mut writer) = pipe().expect("a pipe for the check");
    grader::own_pipe(&reader);
    let _helper = Helper::start(|| {
        if let Err(complaint) = clients(server) {
            let _ = writer.write_all(complaint.as_bytes());
        }
        if !TOLD_TO_STOP.load(Relaxed) {
            server.tell(Signal::SIGTERM);
        }
    });
    drop(writer);
    let result = serve(&listener, workers, handle);
    let blocks = fcntl(&listener, FcntlArg::F_GETFL).is_ok_and(|it| it & libc::O_NONBLOCK == 0);
    let mut complaint = String::new();
    let _ = reader.read_to_string(&mut complaint);
    assert!(complaint.is_empty(), "{complaint}");
    assert!(
        blocks,
        "The caller's listener was blocking before, and your function has left it non-blocking."
    );
    result
}

pub(super) fn said(what: &str) -> impl Fn(Error) -> String {
    move |error| format!("{what}: {error}")
}
