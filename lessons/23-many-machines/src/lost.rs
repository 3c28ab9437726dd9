//! How another process's loss is noticed, and what is done then.
//!
//! A process that ends closes its sockets, and timely sees end-of-file. A machine that is cut off
//! closes nothing: TCP would wait for hours, so it is told to ask every second whether the other
//! one is there. timely then panics in the thread that served the connection, and has no more to
//! offer. So any panic ends the whole process here, with the reason in words. Its own sockets are
//! closed by that, and the other processes end likewise.

use std::io::{self, Write};
use std::net::TcpStream;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

use crate::cluster::Cluster;
use crate::start;

/// How such a panic's message begins, by timely's documentation.
const COMMUNICATION: &str = "timely communication error: ";

/// A line on standard error.
pub(crate) fn tell(line: &str) {
    // There is nobody to tell if that fails.
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// From now on a panic in any thread ends the process. Left alone, one in a worker or in a thread
/// for a socket would have the others wait for ever.
pub(crate) fn end_on_panic(cluster: &Cluster) {
    static END: Once = Once::new();
    let me = cluster.me();
    let names: Vec<String> = (0..cluster.addresses.len()).map(|p| cluster.name(p)).collect();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        start::wait_for_all();
        // Both threads of a connection may notice, and the other connections soon after. Who is
        // second waits here, and does not end the process before the first has told why.
        END.call_once(|| {
            match lost(panic, &names) {
                Some(lost) => tell(&format!("lesson-many-machines: {me} has lost {lost}")),
                None => usual(panic),
            }
            std::process::exit(1)
        });
    }));
}

/// The process that was lost, and what can be said of it, if this panic is timely's for that.
fn lost(panic: &PanicHookInfo, names: &[String]) -> Option<String> {
    let reason = panic.payload_as_str()?.strip_prefix(COMMUNICATION)?;
    // timely names its threads after the process at the other end: timely:recv-1.
    let thread = std::thread::current();
    let name: &String = names.get(thread.name()?.rsplit_once('-')?.1.parse::<usize>().ok()?)?;
    // End-of-file, or an error if something that was sent had not been read: that is chance.
    let ended = ["socket closed", "reset", "Broken pipe"].iter().any(|why| reason.contains(why));
    let (reason, hint) = if ended {
        ("the connection was closed", "it was killed, or lost another one: see what it said itself")
    } else {
        (reason, "its machine, or the network on the way, is out of reach")
    };
    Some(format!("{name}: {reason}\nhint: {hint}\nthere is no report; start all of them again"))
}

/// Has the system give up a connection when nothing was heard of the other machine for `limit`.
///
/// A process that only works long is not given up: its machine answers for it.
///
/// # Errors
///
/// The system knows no such option.
pub(crate) fn watch(socket: &TcpStream, limit: Duration) -> nix::Result<()> {
    let seconds = u32::try_from(limit.as_secs()).unwrap_or(u32::MAX);
    // When there is nothing to send: ask after a second of silence, and again every second.
    setsockopt(socket, sockopt::KeepAlive, &true)?;
    #[cfg(target_os = "macos")]
    setsockopt(socket, sockopt::TcpKeepAlive, &1)?;
    #[cfg(not(target_os = "macos"))]
    setsockopt(socket, sockopt::TcpKeepIdle, &1)?;
    setsockopt(socket, sockopt::TcpKeepInterval, &1)?;
    setsockopt(socket, sockopt::TcpKeepCount, &seconds)?;
    // When something was sent, and no answer came (man 7 tcp).
    #[cfg(target_os = "linux")]
    setsockopt(socket, sockopt::TcpUserTimeout, &seconds.saturating_mul(1000))?;
    Ok(())
}
