//! A step between fork and exec: the new program gets a limit on the size of its files.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::resource::{Resource, setrlimit};

fn main() -> io::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f"]);
    // SAFETY: the closure makes one system call, and neither allocates nor takes a lock.
    unsafe { command.pre_exec(|| Ok(setrlimit(Resource::RLIMIT_FSIZE, 7 * 512, 7 * 512)?)) };
    println!("with pre_exec:");
    command.status()?;
    println!("without:");
    Command::new("sh").args(["-c", "ulimit -f"]).status()?;
    Ok(())
}
