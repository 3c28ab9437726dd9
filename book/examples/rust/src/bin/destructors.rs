//! Which endings run destructors and write buffered text: a folder is made before a fork, and the
//! child prints a last word, without a newline, and ends in one of three ways.

use std::io;
use std::path::PathBuf;
use std::process::exit;
use std::{env, fs};

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

/// A folder that is removed when its owner goes, as tempfile's `TempDir` is.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // It may be gone already; a destructor cannot report an error.
        let _ = fs::remove_dir(&self.0);
    }
}

fn main() -> io::Result<()> {
    let how = env::args().nth(1).unwrap_or_else(|| "return".to_owned());
    let folder = Folder(env::temp_dir().join(format!("destructors-{}", std::process::id())));
    fs::create_dir(&folder.0)?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            print!("a last word; "); // stays in a buffer
            match how.as_str() {
                "exit" => exit(0),
                // SAFETY: `_exit` takes any number and does not return.
                "_exit" => unsafe { libc::_exit(0) },
                _ => return Ok(()), // HAZARD: drops its copy of `folder`
            }
        }
        ForkResult::Parent { child } => {
            waitpid(child, None)?;
            let there = if folder.0.exists() { "still there" } else { "gone" };
            println!("child ended by {how}; the parent's folder is {there}");
        }
    }
    Ok(())
}
