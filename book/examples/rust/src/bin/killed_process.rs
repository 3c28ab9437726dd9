//! Two processes of `lesson-many-machines`, of which one is killed in the middle of its work. The
//! other one reports that and ends. The argument is the lesson's program.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Error};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

fn main() -> io::Result<()> {
    let lesson = std::env::args().nth(1).ok_or_else(|| Error::other("which program?"))?;
    let folder = std::env::temp_dir().join(format!("killed-process-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let done = kill_one(&lesson, &folder);
    fs::remove_dir_all(&folder)?;
    done
}

fn kill_one(lesson: &str, folder: &Path) -> io::Result<()> {
    let (hosts, endless) = (folder.join("hosts.txt"), folder.join("endless"));
    fs::write(&hosts, format!("{}\n{}\n", free_address()?, free_address()?))?;
    // No process counts to the end of this file. It takes no space on the disk: it is all holes.
    File::create(&endless)?.set_len(8 << 40)?;
    let process = |number, file: &Path| {
        let mut command = Command::new(lesson);
        command.arg("-h").arg(&hosts).args(["-p", number, "--own"]).arg(file);
        command
    };

    let mut zero = process("0", Path::new("LICENSE-MIT")).spawn()?;
    let mut one = process("1", &endless).stderr(Stdio::piped()).spawn()?;
    let said = BufReader::new(one.stderr.take().ok_or_else(|| Error::other("no pipe"))?).lines();
    if said.map_while(Result::ok).any(|line| line.contains("takes")) {
        println!("parent: process 1 is working, and I kill it");
    }
    one.kill()?; // SIGKILL
    one.wait()?;
    println!("parent: process 0 ended with {}", zero.wait()?);
    Ok(())
}

/// An address of this machine on which nothing listens: the system chooses the port.
fn free_address() -> io::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
