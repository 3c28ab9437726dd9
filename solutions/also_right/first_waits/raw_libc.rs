//! The C library's function, and the status as a number; a list of answers instead of a loop with `return`.

use std::time::Duration;

use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

pub fn status_if_ended(child: Pid) -> nix::Result<Option<WaitStatus>> {
    let mut status = 0;
    // SAFETY: `status` lives until the call has returned.
    let found = unsafe { libc::waitpid(child.as_raw(), &mut status, libc::WNOHANG) };
    match Errno::result(found)? {
        0 => Ok(None),
        pid => WaitStatus::from_raw(Pid::from_raw(pid), status).map(Some),
    }
}

pub fn first_to_end(children: &[Pid]) -> nix::Result<WaitStatus> {
    loop {
        let found = children.iter().find_map(|child| status_if_ended(*child).transpose());
        if let Some(status) = found {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn shell_number(status: WaitStatus) -> Option<i32> {
    if let WaitStatus::Exited(_, number) = status {
        return Some(number);
    }
    let WaitStatus::Signaled(_, signal, _) = status else { return None };
    Some(128 | signal as i32)
}
