//! A thread of the parent, started after the fork, reads what the child sends, while the parent writes or waits.

use std::io::{self, PipeReader, Write, pipe, read_to_string};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::thread;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

pub fn number_from_child(work: impl FnOnce() -> u64) -> io::Result<u64> {
    let text = text_from_child(|| format!("{:016x}", work()))?;
    if text.len() < 16 {
        return Err(io::ErrorKind::UnexpectedEof.into()); // what is left of it is a number too
    }
    u64::from_str_radix(&text, 16).map_err(io::Error::other)
}

pub fn text_from_child(work: impl FnOnce() -> String) -> io::Result<String> {
    let (reader, mut writer): (PipeReader, _) = pipe()?;
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Child => exit(writer.write_all(work().as_bytes()).is_err().into()),
        ForkResult::Parent { child } => child,
    };
    drop(writer);
    thread::scope(|scope| {
        let reading = scope.spawn(|| read_to_string(reader));
        waitpid(child, None)?; // the thread makes room in the pipe meanwhile
        reading.join().unwrap_or_else(|_| Err(io::Error::other("the thread panicked")))
    })
}

pub fn ask_child(question: &str, answer: impl FnOnce(&str) -> String) -> io::Result<String> {
    let (here, there) = UnixStream::pair()?;
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            let done = read_to_string(&there)
                .and_then(|question| (&there).write_all(answer(&question).as_bytes()));
            exit(done.is_err().into())
        }
        ForkResult::Parent { child } => child,
    };
    drop(there);
    let text = thread::scope(|scope| {
        let reading = scope.spawn(|| read_to_string(&here));
        let sent = (&here).write_all(question.as_bytes());
        let sent = sent.and_then(|()| here.shutdown(Shutdown::Write));
        let text = reading.join().unwrap_or_else(|_| Err(io::Error::other("it panicked")));
        sent.and(text)
    });
    waitpid(child, None)?;
    text
}
