//! Two processes of `lesson-many-machines`, of which one is killed in the middle of its work. What
//! does the other one do? The argument is the lesson's program.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Error};
use std::process::{Command, Stdio};

/// Where the two meet. No other run of the book uses these ports.
const HOSTS: &str = "127.0.0.1:2121\n127.0.0.1:2122\n";

fn main() -> io::Result<()> {
    let lesson = std::env::args().nth(1).ok_or_else(|| Error::other("which program?"))?;
    fs::write("target/killed-hosts.txt", HOSTS)?;
    // Nobody counts to the end of this one. It takes no place on the disk, for it is all holes.
    File::create("target/endless")?.set_len(8 << 40)?;
    let process = |number, file| {
        let mut command = Command::new(&lesson);
        command.args(["-h", "target/killed-hosts.txt", "-p", number, "--own", file]);
        command
    };

    let mut zero = process("0", "LICENSE-MIT").spawn()?;
    let mut one = process("1", "target/endless").stderr(Stdio::piped()).spawn()?;
    let said = BufReader::new(one.stderr.take().ok_or_else(|| Error::other("no pipe"))?).lines();
    if said.map_while(Result::ok).any(|line| line.contains("takes")) {
        println!("parent: process 1 is at work, and I kill it");
    }
    one.kill()?; // SIGKILL
    one.wait()?;
    println!("parent: process 0 ended with {}", zero.wait()?);
    Ok(())
}
