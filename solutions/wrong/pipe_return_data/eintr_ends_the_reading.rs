//! A read that a signal interrupts is taken for the end of the pipe.
//!
//! base: poll_all
//! verdict: check failed
//! check: a_signal_interrupts_every_call

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, process};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exited(i32),
    Killed(Signal),
    Damaged(String),
}

struct Child {
    pid: i32,
    pipe: Option<OwnedFd>,
    bytes: Vec<u8>,
}

pub fn results_of_children<T>(
    count: usize,
    work: impl Fn(usize) -> T,
) -> io::Result<Vec<Result<T, Failure>>>
where
    T: Serialize + DeserializeOwned,
{
    let mut children: Vec<Child> = Vec::new();
    let mut error = None;
    for index in 0..count {
        match start(|| work(index)) {
            Ok(child) => children.push(child),
            Err(refused) => {
                error = Some(refused);
                break;
            }
        }
    }
    read_all(&mut children)?;
    let results = children.into_iter().map(finish).collect();
    match error {
        Some(error) => Err(error),
        None => Ok(results),
    }
}

fn start<T: Serialize>(work: impl FnOnce() -> T) -> io::Result<Child> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for two descriptors.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given these descriptors to us.
    let [reader, writer] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
    // SAFETY: this process has one thread, as the checks ensure.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let encoded = catch_unwind(AssertUnwindSafe(|| serde_json::to_vec(&work())));
            process::exit(match encoded {
                Ok(Ok(bytes)) => i32::from(!write_all(writer.as_raw_fd(), &bytes)),
                Ok(Err(_)) => 1,
                Err(_) => 101,
            })
        }
        pid => Ok(Child { pid, pipe: Some(reader), bytes: Vec::new() }),
    }
}

fn write_all(pipe: i32, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        // SAFETY: the bytes live until the call has returned.
        let written = unsafe { libc::write(pipe, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(written) => bytes = &bytes[written..],
            Err(_) if Errno::last() == Errno::EINTR => {}
            Err(_) => return false,
        }
    }
    true
}

fn read_all(children: &mut [Child]) -> io::Result<()> {
    let mut buffer = [0; 65536];
    loop {
        let mut open: Vec<&mut Child> =
            children.iter_mut().filter(|child| child.pipe.is_some()).collect();
        if open.is_empty() {
            return Ok(());
        }
        let ready: Vec<bool> = {
            let pipes = open.iter().filter_map(|child| child.pipe.as_ref());
            let mut pipes: Vec<PollFd> =
                pipes.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)).collect();
            match poll(&mut pipes, PollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                result => result?,
            };
            pipes.iter().map(|pipe| pipe.any() == Some(true)).collect()
        };
        for (child, _) in open.iter_mut().zip(ready).filter(|(_, ready)| *ready) {
            let Some(pipe) = &child.pipe else { continue };
            match nix::unistd::read(pipe, &mut buffer) {
                Ok(0) | Err(Errno::EINTR) => child.pipe = None,
                Ok(count) => child.bytes.extend(&buffer[..count]),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn finish<T: DeserializeOwned>(child: Child) -> Result<T, Failure> {
    let status = loop {
        match waitpid(Pid::from_raw(child.pid), None) {
            Err(Errno::EINTR) => {}
            status => break status,
        }
    };
    match status {
        Ok(WaitStatus::Exited(_, 0)) => serde_json::from_slice(&child.bytes)
            .map_err(|error| Failure::Damaged(error.to_string())),
        Ok(WaitStatus::Exited(_, status)) => Err(Failure::Exited(status)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Err(Failure::Killed(signal)),
        other => Err(Failure::Damaged(format!("{other:?}"))),
    }
}
