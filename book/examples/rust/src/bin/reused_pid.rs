//! A PID names a process only until the process is reaped. A pidfd names it for ever.
//!
//! Linux only. Elsewhere the program says that there is no pidfd.

use std::io;

#[cfg(target_os = "linux")]
fn main() -> io::Result<()> {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::process::Command;

    use nix::errno::Errno;
    use nix::libc;
    use nix::sys::signal::Signal;

    let mut child = Command::new("true").spawn()?;
    // SAFETY: takes two numbers; the child is not reaped, so the PID is still its own.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) };
    let number = i32::try_from(Errno::result(descriptor)?).map_err(io::Error::other)?;
    // SAFETY: the kernel has just created this descriptor, and nothing else owns it.
    let pidfd = unsafe { OwnedFd::from_raw_fd(number) };
    println!("{}", child.wait()?);
    // From here on the kernel may give the child's PID to another process.
    let (signal, none) = (Signal::SIGTERM as i32, std::ptr::null::<libc::siginfo_t>());
    // SAFETY: the descriptor is open, and no information goes with the signal.
    let sent =
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, none, 0) };
    println!("a signal for its pidfd: {:?}", Errno::result(sent).map(drop));
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() -> io::Result<()> {
    println!("this system has no pidfd");
    Ok(())
}
