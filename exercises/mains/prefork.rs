//! Change this file as you like: `cargo coach run prefork` runs it, without checks.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{exit, id};

use exercises::prefork::serve;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork, getppid};

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    // A client, in a process of its own: four visits, and then SIGTERM for the server.
    // SAFETY: this process has one thread.
    if let ForkResult::Child = unsafe { fork()? } {
        for visit in 1..=4 {
            let mut answer = String::new();
            TcpStream::connect(address)?.read_to_string(&mut answer)?;
            println!("visit {visit}: {answer}");
        }
        kill(getppid(), Signal::SIGTERM)?;
        exit(0);
    }
    let served = serve(&listener, 3, |mut client| {
        let _ = client.write_all(format!("served by process {}", id()).as_bytes());
    });
    println!("{served:?}");
    while wait().is_ok() {}
    Ok(())
}
