//! Three ways to receive a signal as an event, without work in a handler: a self-pipe, sigtimedwait
//! and, on Linux, a signalfd.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal::{SIGUSR1, SIGUSR2};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, raise, sigaction};

/// The write end of the self-pipe. A handler cannot get it as an argument.
static SELF_PIPE: OnceLock<PipeWriter> = OnceLock::new();

/// One `write`, which is allowed in a handler.
extern "C" fn write_a_byte(_signal: i32) {
    if let Some(mut pipe) = SELF_PIPE.get() {
        let _ = pipe.write(b"!");
    }
}

fn main() -> io::Result<()> {
    let mut pipe = self_pipe()?;
    raise(SIGUSR1)?;
    println!("self-pipe:    readable {}", is_readable(&pipe)?);
    pipe.read_exact(&mut [0])?;

    let blocked = SigSet::from(SIGUSR2);
    blocked.thread_block()?;
    raise(SIGUSR2)?;
    println!("sigtimedwait: {:?}", timed_wait(&blocked, Duration::from_secs(1)));
    println!("              {:?}", timed_wait(&blocked, Duration::from_millis(10)));
    #[cfg(target_os = "linux")]
    {
        use nix::sys::signalfd::SignalFd;
        let signals = SignalFd::new(&blocked)?;
        println!("signalfd:     readable {}", is_readable(&signals)?);
        raise(SIGUSR2)?;
        println!("              readable {}", is_readable(&signals)?);
        let info = signals.read_signal()?;
        println!("              signal {:?}", info.map(|info| info.ssi_signo));
    }
    Ok(())
}

/// Both ends exist before the handler does.
fn self_pipe() -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    SELF_PIPE.get_or_init(|| writer);
    let action =
        SigAction::new(SigHandler::Handler(write_a_byte), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler makes one write to a pipe, and nothing else.
    unsafe { sigaction(SIGUSR1, &action) }?;
    Ok(reader)
}

fn is_readable(descriptor: impl AsFd) -> io::Result<bool> {
    let mut asked = [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)];
    Ok(poll(&mut asked, PollTimeout::ZERO)? == 1)
}

#[cfg(target_os = "linux")]
fn timed_wait(signals: &SigSet, limit: Duration) -> nix::Result<nix::sys::signal::Signal> {
    use nix::errno::Errno;
    use nix::libc;

    let limit = nix::sys::time::TimeSpec::from_duration(limit);
    // SAFETY: both references are valid during the call, and no information is asked for.
    let signal =
        unsafe { libc::sigtimedwait(signals.as_ref(), std::ptr::null_mut(), limit.as_ref()) };
    Errno::result(signal)?.try_into()
}

/// macOS has only `sigwait`, which takes no limit.
#[cfg(not(target_os = "linux"))]
fn timed_wait(_signals: &SigSet, _limit: Duration) -> nix::Result<nix::sys::signal::Signal> {
    Err(nix::errno::Errno::ENOSYS)
}
