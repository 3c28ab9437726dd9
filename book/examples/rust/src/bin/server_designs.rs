//! Five ways to serve clients, measured one after the other: requests per second, latency, memory.
//!
//! Each server does the same for a client: it reads a request, computes for a moment, and answers.
//! The load comes from threads of this program, which open a new connection for each request. The
//! argument says how many requests each of them sends (default 200).

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::exit;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrIn};
use nix::sys::socket::{bind, getsockname, listen, setsockopt, socket, sockopt};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, getpid, setpgid};

const WORKERS: usize = 4;
const CLIENTS: usize = 8;

/// Serves clients of this listener for ever.
type Design = fn(&TcpListener) -> io::Result<()>;

const DESIGNS: [(&str, Design); 5] = [
    ("prefork, one socket", prefork),
    ("prefork, SO_REUSEPORT", prefork_with_a_socket_each),
    ("one process for all", one_after_the_other),
    ("a process per connection", process_per_connection),
    ("a thread per connection", thread_per_connection),
];

fn main() -> io::Result<()> {
    let requests = std::env::args().nth(1).and_then(|argument| argument.parse().ok());
    let mut first: Option<f64> = None;
    println!(
        "{:<26} {:>9} {:>6} {:>9} {:>9} {:>8}",
        "", "requests", "ratio", "median", "99 %", "memory"
    );
    for (name, design) in DESIGNS {
        let listener = listener()?;
        let address = listener.local_addr()?;
        let server = start(design, &listener)?;
        let (rate, mut times) = load(address, requests.unwrap_or(200))?;
        let memory = memory_of_group(server);
        kill(Pid::from_raw(-server.as_raw()), Signal::SIGKILL)?;
        waitpid(server, None)?;
        times.sort_unstable();
        let ratio = rate / *first.get_or_insert(rate);
        let [median, late] = [50, 99].map(|percent| times[times.len() * percent / 100]);
        println!(
            "{name:<26} {rate:>7.0}/s {ratio:>6.2} {:>6.1} ms {:>6.1} ms {memory:>6.1} MB",
            median.as_secs_f64() * 1e3,
            late.as_secs_f64() * 1e3,
        );
    }
    Ok(())
}

/// A socket that others may bind to the same port.
fn listener() -> io::Result<TcpListener> {
    share_port(SockaddrIn::new(127, 0, 0, 1, 0)).map(TcpListener::from)
}

fn share_port(address: SockaddrIn) -> io::Result<OwnedFd> {
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    setsockopt(&socket, sockopt::ReusePort, &true)?;
    bind(socket.as_raw_fd(), &address)?;
    listen(&socket, Backlog::new(128)?)?;
    Ok(socket)
}

/// The server is a process group of its own, and ends with this process.
fn start(design: Design, listener: &TcpListener) -> io::Result<Pid> {
    let parent = getpid();
    // SAFETY: no thread of the load is left, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let ready = setpgid(Pid::from_raw(0), Pid::from_raw(0)).is_ok()
                && procinfo::die_with(parent, Signal::SIGKILL).is_ok();
            exit((!ready || design(listener).is_err()).into())
        }
        ForkResult::Parent { child } => {
            let _ = setpgid(child, child); // whichever process is first
            Ok(child)
        }
    }
}

/// What every design does for a client.
fn serve(mut client: TcpStream) -> io::Result<()> {
    let mut request = [0; 512];
    let _ = client.read(&mut request)?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(200) {} // work
    client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}

fn one_after_the_other(listener: &TcpListener) -> io::Result<()> {
    loop {
        let _ = serve(listener.accept()?.0);
    }
}

fn prefork(listener: &TcpListener) -> io::Result<()> {
    for _ in 1..WORKERS {
        if let ForkResult::Child = fork_worker()? {
            break;
        }
    }
    one_after_the_other(listener)
}

/// The kernel chooses a socket for each client, and only its owner can accept it.
fn prefork_with_a_socket_each(listener: &TcpListener) -> io::Result<()> {
    let address: SockaddrIn = getsockname(listener.as_raw_fd())?;
    for _ in 1..WORKERS {
        if let ForkResult::Child = fork_worker()? {
            return one_after_the_other(&share_port(address)?.into());
        }
    }
    one_after_the_other(listener)
}

fn process_per_connection(listener: &TcpListener) -> io::Result<()> {
    // SAFETY: to ignore a signal runs no code of this program. No status is asked for here.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }?;
    loop {
        let (client, _) = listener.accept()?;
        if let ForkResult::Child = fork_worker()? {
            exit(serve(client).is_err().into())
        }
    }
}

fn thread_per_connection(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept()?;
        thread::spawn(|| serve(client));
    }
}

fn fork_worker() -> io::Result<ForkResult> {
    let parent = getpid();
    // SAFETY: a server that forks has one thread, so nothing is locked by a thread the child lacks.
    let forked = unsafe { fork() }?;
    if let ForkResult::Child = forked {
        procinfo::die_with(parent, Signal::SIGKILL)?;
    }
    Ok(forked)
}

/// Requests per second, and the time of each.
fn load(address: SocketAddr, requests: usize) -> io::Result<(f64, Vec<Duration>)> {
    let start = Instant::now();
    let client = move || (0..requests).map(|_| request(address)).collect::<io::Result<Vec<_>>>();
    let clients: Vec<_> = (0..CLIENTS).map(|_| thread::spawn(client)).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.join().expect("BUG: a client does not panic")?);
    }
    Ok((times.len() as f64 / start.elapsed().as_secs_f64(), times))
}

fn request(address: SocketAddr) -> io::Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(start.elapsed())
}

/// The proportional share of all processes of the group, in megabytes; 0 where there is no `/proc`.
fn memory_of_group(group: Pid) -> f64 {
    let members = procinfo::processes().unwrap_or_default();
    let members = members.into_iter().filter(|process| process.group == group);
    let kilobytes = members.filter_map(|process| {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", process.pid)).ok()?;
        let line = text.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    kilobytes.sum::<f64>() / 1024.0
}
