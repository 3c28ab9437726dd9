//! A prefork server. A run shows:
//!
//! * the parent listens and forks the workers, so that all of them wait at one socket;
//! * eight clients connect at once, and no two workers get the same client;
//! * the parent serves no client: it replaces workers that have died, and stops them all.
//!
//! With `--serve PORT` it runs until Ctrl-C or SIGTERM; SIGHUP replaces the workers one by one.

mod clients;
mod supervisor;
mod worker;

use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;

use lesson_cli::{Args, Failure, say};
use nix::unistd::getpid;

use crate::supervisor::Supervisor;

const USAGE: &str = "\
A server whose workers all wait for clients at one socket.

Usage: lesson-prefork-server [--serve PORT] [WORKERS]
Example: cargo run -p lesson-prefork-server -- --serve 8080

  WORKERS       number of workers, 1 to 20 (default 4)
  --serve PORT  serve on 127.0.0.1:PORT until Ctrl-C (0: any free port)
  --help        show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let port = args.number_option("--serve", 0..=u16::MAX)?;
    let workers = args.number("WORKERS", 1..=20)?.unwrap_or(4);
    args.finish()?;

    let listener = listen(port.unwrap_or(0)).map_err(|error| Failure::system("listen", error))?;
    let address = listener.local_addr().map_err(|error| Failure::system("listen", error))?;
    let mut supervisor = Supervisor::new(&listener)?;
    say!("parent {}: I listen at {address}", getpid());
    // Even if something failed, the workers must be stopped and waited for.
    let served = supervisor.start(workers).and_then(|()| match port {
        Some(_) => supervisor.run(),
        None => clients::eight_at_once(address),
    });
    let stopped = supervisor.stop();
    served.and(stopped)?;
    supervisor.end_as_told()
}

/// All workers wake up for a client, and one gets it. `accept` must not block the others.
fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
