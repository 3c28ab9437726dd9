//! How the loss of another process is detected, and what happens then.
//!
//! A process that ends closes its sockets, and timely sees end-of-file. A machine that is cut off
//! closes nothing, and TCP would wait for hours; so TCP is told to ask every second whether the
//! other machine still answers. timely's only reaction is to panic in the thread that served the
//! connection. So here any panic ends the whole process, with the reason in words. That closes the
//! process's own sockets, and the other processes end likewise.

use std::net::TcpStream;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

use crate::cluster::Cluster;
use crate::start;

/// How the message of such a panic begins, according to timely's documentation.
const COMMUNICATION: &str = "timely communication error: ";

/// A line on standard error.
pub(crate) fn tell(line: &str) {
    lesson_cli::complain(&format!("{line}\n"));
}

/// From now on a panic in any thread ends the process. Otherwise, a panic in a worker or in a
/// thread for a socket would make the others wait for ever.
pub(crate) fn end_on_panic(cluster: &Cluster) {
    static END: Once = Once::new();
    let me = cluster.me();
    let names: Vec<String> = (0..cluster.addresses.len()).map(|p| cluster.name(p)).collect();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        start::wait_for_all();
        // Both threads of a connection may notice, and those of other connections soon after. The
        // second thread waits here, so that the process does not end before the first has told why.
        END.call_once(|| {
            match lost(panic, &names) {
                Some(lost) => tell(&format!("lesson-many-machines: {me} has lost {lost}")),
                None => usual(panic),
            }
            std::process::exit(1)
        });
    }));
}

/// The process that was lost, and what is known about it, if this is timely's panic for that.
fn lost(panic: &PanicHookInfo, names: &[String]) -> Option<String> {
    let reason = panic.payload_as_str()?.strip_prefix(COMMUNICATION)?;
    // timely names its threads after the process at the other end: timely:recv-1.
    let thread = std::thread::current();
    let name: &String = names.get(thread.name()?.rsplit_once('-')?.1.parse::<usize>().ok()?)?;
    // By chance, end-of-file, or an error if something that was sent had not been read.
    let ended = ["socket closed", "reset", "Broken pipe"].iter().any(|why| reason.contains(why));
    let (reason, hint) = if ended {
        ("the connection was closed", "it was killed, or it lost another process; see its output")
    } else {
        (reason, "its machine, or the network in between, cannot be reached")
    };
    Some(format!("{name}: {reason}\nhint: {hint}\nthere is no report; start all processes again"))
}

/// Makes the kernel give up a connection if the other machine does not answer for `limit`.
///
/// A process that merely works for a long time is kept, because its machine answers for it.
///
/// # Errors
///
/// The system does not know this option.
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
