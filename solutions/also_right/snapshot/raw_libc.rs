//! Nothing but libc: fork, waitpid and _exit. The child's file is unlinked by its parent whatever the
//! outcome.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Saved,
    Failed { status: i32 },
    Killed { signal: Signal },
}

pub struct Saving {
    child: libc::pid_t,
    new: PathBuf,
    word: Option<i32>,
}

pub fn start_save(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<Saving> {
    let new = |child: libc::pid_t| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.with_file_name(format!(".{name}-{child}"))
    };
    let child = unsafe { libc::fork() };
    if child == -1 {
        return Err(io::Error::last_os_error());
    }
    if child == 0 {
        let new = new(unsafe { libc::getpid() });
        let work = || -> io::Result<()> {
            let mut file = File::options().write(true).create(true).truncate(true).open(&new)?;
            write(&mut file)?;
            if unsafe { libc::fsync(std::os::fd::AsRawFd::as_raw_fd(&file)) } == -1 {
                return Err(io::Error::last_os_error());
            }
            let c = |path: &Path| CString::new(path.as_os_str().as_bytes());
            match unsafe { libc::rename(c(&new)?.as_ptr(), c(path)?.as_ptr()) } {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        };
        let status = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => 0,
            Ok(Err(_)) => 1,
            Err(_) => 101,
        };
        unsafe { libc::_exit(status) }
    }
    Ok(Saving { child, new: new(child), word: None })
}

impl Saving {
    pub fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
        self.look(libc::WNOHANG)
    }

    pub fn finish(mut self) -> io::Result<Outcome> {
        loop {
            if let Some(outcome) = self.look(0)? {
                return Ok(outcome);
            }
        }
    }

    fn look(&mut self, flags: i32) -> io::Result<Option<Outcome>> {
        if self.word.is_none() {
            let mut word = 0;
            match unsafe { libc::waitpid(self.child, &mut word, flags) } {
                0 => return Ok(None),
                -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {
                    return Ok(None);
                }
                -1 => return Err(io::Error::last_os_error()),
                _ => {}
            }
            let _ = std::fs::remove_file(&self.new); // gone already, if it was renamed
            self.word = Some(word);
        }
        Ok(self.word.map(|word| {
            if libc::WIFSIGNALED(word) {
                let signal = Signal::try_from(libc::WTERMSIG(word)).unwrap();
                return Outcome::Killed { signal };
            }
            match libc::WEXITSTATUS(word) {
                0 => Outcome::Saved,
                status => Outcome::Failed { status },
            }
        }))
    }
}
