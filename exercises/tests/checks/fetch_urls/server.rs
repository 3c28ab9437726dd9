//! A web server on the loopback address, in a process of its own, which lives as long as the
//! check: it is slow on purpose, and it counts how many requests are open at once.

use std::io::{self, BufRead, BufReader, PipeWriter, Read, Write, pipe};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

/// The time that the server needs for a page.
const DELAY: Duration = Duration::from_millis(50);

/// How long `/together/…` waits for other requests, once.
const PATIENCE: Duration = Duration::from_millis(500);

/// Ends when it is dropped, and when its owner ends.
pub(crate) struct Server {
    address: SocketAddr,
    _lifeline: PipeWriter,
}

impl Server {
    /// Forks twice, so that the server is not a child of the process in which the answer runs, and a
    /// wait for any child cannot reap it.
    pub(crate) fn start() -> io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (mut ended, lifeline) = pipe()?;
        // SAFETY: a check has one thread.
        if let ForkResult::Parent { child } = unsafe { fork()? } {
            waitpid(child, None)?;
            return Ok(Server { address, _lifeline: lifeline });
        }
        // SAFETY: as above.
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            drop(lifeline);
            grader::declare_helper();
            thread::spawn(move || serve(&listener));
            let _ = ended.read(&mut [0]); // to the end of the pipe: all its writers are gone
        }
        process::exit(0)
    }

    pub(crate) fn address_of(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// How many requests are open now, and the maximum since the last question.
struct Open {
    now: usize,
    most: usize,
    gave_up: bool,
}

static OPEN: Mutex<Open> = Mutex::new(Open { now: 0, most: 0, gave_up: false });
static CHANGED: Condvar = Condvar::new();

fn serve(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        thread::spawn(move || answer(&stream));
    }
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    // Read the whole request, because closing a stream with unread data resets the connection.
    let mut reader = BufReader::new(stream);
    let request: io::Result<Vec<String>> = reader
        .by_ref()
        .lines()
        .take_while(|line| !matches!(line, Ok(line) if line.is_empty()))
        .collect();
    let request = request?;
    let path = request.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let (status, kind, body): (_, _, &[u8]) = match path {
        "/most" => {
            let most = std::mem::take(&mut count().most);
            return write!(stream, "HTTP/1.0 200 OK\r\n\r\n{most}");
        }
        "/never" => {
            io::copy(&mut reader, &mut io::sink())?; // until the client has had enough
            return Ok(());
        }
        "/missing" => ("404 Not Found", "text/html", b"<title>Not Found</title>"),
        "/broken" => ("500 Oh", "text/html", b"<title>Sorry</title>"),
        "/untitled" => ("200 OK", "text/html", b"<h1>Hello</h1>"),
        "/latin1" => ("200 OK", "text/html; charset=ISO-8859-1", b"<title>Caf\xe9</title>"),
        "/japanese" => ("200 OK", "text/html; charset=Shift_JIS", b"<TITLE>\x93\xfa\x96{</TITLE>"),
        _ => ("200 OK", "text/html", b""),
    };
    let title = delayed(path);
    write!(stream, "HTTP/1.0 {status}\r\nContent-Type: {kind}\r\n\r\n{title}")?;
    stream.write_all(body)
}

/// Takes a while; `/together/5/x` also waits until five requests have been open at once.
fn delayed(path: &str) -> String {
    let mut parts = path.trim_start_matches('/').split('/');
    let (Some(how), Some(number), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return String::new();
    };
    let together = if how == "together" { number.parse().unwrap_or(1) } else { 1 };
    let mut open = count();
    open.now += 1;
    open.most = open.most.max(open.now);
    CHANGED.notify_all();
    let alone = |open: &mut Open| open.most < together && !open.gave_up;
    let waited = CHANGED.wait_timeout_while(open, PATIENCE, alone);
    let (mut open, waited) = waited.unwrap_or_else(PoisonError::into_inner);
    open.gave_up |= waited.timed_out();
    drop(open);
    #[expect(clippy::disallowed_methods, reason = "nothing is ordered by it: the server is slow")]
    thread::sleep(DELAY);
    count().now -= 1;
    format!("<html><title>\n  Page\t{name}\n</title>")
}

fn count() -> MutexGuard<'static, Open> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}
