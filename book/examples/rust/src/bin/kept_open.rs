//! HAZARD, on purpose: a copy of a descriptor that `dup` makes is not marked close-on-exec.
//!
//! `cat` reads a pipe to its end. It has inherited the copy of the write end, so end-of-file never
//! comes, and a time limit ends it. With `--marked` the copy has the mark.

use std::io::{self, Write};
use std::process::Command;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::unistd::dup;

fn main() -> io::Result<()> {
    let (reader, mut writer) = io::pipe()?;
    let copy = dup(&writer)?;
    if std::env::args().any(|argument| argument == "--marked") {
        fcntl(&copy, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    }
    let mut cat = Command::new("timeout").args(["0.3", "cat"]).stdin(reader).spawn()?;
    writer.write_all(b"a line\n")?;
    drop((writer, copy)); // this process has no write end any more
    println!("{}", cat.wait()?);
    Ok(())
}
