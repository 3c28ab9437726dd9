//! Three lines logged by a child that is killed right after. Give `--buffer` to lose them.

use std::env;
use std::fs::{File, read_to_string};
use std::io::{self, BufWriter, Write};

use nix::sys::signal::{Signal, raise};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let path = env::temp_dir().join(format!("log_buffer.{}", std::process::id()));
    let file = File::options().create(true).append(true).open(&path)?;
    let mut log: Box<dyn Write> = match env::args().nth(1).as_deref() {
        Some("--buffer") => Box::new(BufWriter::new(file)),
        _ => Box::new(file),
    };
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            for number in 1..=3 {
                log.write_all(format!("line {number}\n").as_bytes())?;
            }
            raise(Signal::SIGKILL)?;
        }
        ForkResult::Parent { child } => _ = waitpid(child, None)?,
    }
    let lines = read_to_string(&path)?.lines().count();
    println!("3 lines logged, {lines} in the file");
    std::fs::remove_file(path)
}
