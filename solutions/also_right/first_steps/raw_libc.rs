//! The C library's functions, and the status as a number until the end.

use std::process::exit;

use nix::errno::Errno;
use nix::unistd::Pid;

pub fn end_in_child(status: u8) -> nix::Result<Pid> {
    begin(|| status)
}

pub fn status_of(child: Pid) -> nix::Result<Option<i32>> {
    let mut status = 0;
    // SAFETY: `status` lives until the call has returned.
    Errno::result(unsafe { libc::waitpid(child.as_raw(), &mut status, 0) })?;
    Ok(libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)))
}

pub fn answer_of_child(work: impl FnOnce() -> u8) -> nix::Result<Option<i32>> {
    begin(work).and_then(status_of)
}

pub fn two_at_once(
    first: impl FnOnce() -> u8,
    second: impl FnOnce() -> u8,
) -> nix::Result<[Option<i32>; 2]> {
    let children = [begin(first)?, match begin(second) {
        Ok(child) => child,
        Err(error) => {
            // SAFETY: the first child is waited for, and its status is of no interest.
            unsafe { libc::wait(std::ptr::null_mut()) };
            return Err(error);
        }
    }];
    Ok([status_of(children[0])?, status_of(children[1])?])
}

fn begin(work: impl FnOnce() -> u8) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { libc::fork() } {
        -1 => Err(Errno::last()),
        0 => exit(work().into()),
        child => Ok(Pid::from_raw(child)),
    }
}
