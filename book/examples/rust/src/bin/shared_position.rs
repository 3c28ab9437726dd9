//! One open file, two processes, one position in it. The file holds `abcdef`.
//!
//! The child reads two bytes, then its parent reads two. With `--buffered` the child reads one
//! byte, through a buffer, which takes all six. With `--open-again` the child opens the file for
//! itself.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::process::exit;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() -> io::Result<()> {
    let how = std::env::args().nth(1).unwrap_or_default();
    let path = std::env::temp_dir().join(format!("shared-position-{}", std::process::id()));
    fs::write(&path, "abcdef")?;
    let file = File::open(&path)?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let said = match how.as_str() {
                "--buffered" => read("child ", BufReader::new(file), 1),
                "--open-again" => File::open(&path).and_then(|own| read("child ", own, 2)),
                _ => read("child ", file, 2),
            };
            exit(if said.is_ok() { 0 } else { 1 })
        }
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
            read("parent", file, 2)?;
        }
    }
    fs::remove_file(&path)
}

/// Reads `length` bytes, or what there is.
fn read(who: &str, file: impl Read, length: u64) -> io::Result<()> {
    let mut text = String::new();
    file.take(length).read_to_string(&mut text)?;
    println!("{who}: read {text:?}");
    Ok(())
}
