//! Every creation of a process asks the warden first: a system call filter stops whoever calls
//! fork, vfork or clone, by whatever way and also after an exec, until the warden has answered.
//! So no bomb gets ahead of its supervisor, however busy the machine is. The same
//! filter refuses the signals that would harm others. See seccomp(2) and seccomp_unotify(2).

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use libc::{seccomp_notif, seccomp_notif_resp, sock_fprog};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use nix::unistd::Pid;

use crate::filter;

/// Stops this process and its descendants at the gate from now on. Whoever signals one of
/// `off_limits`, or everybody, is stopped too.
///
/// # Errors
///
/// The system has no such filters, or does not allow them.
pub(crate) fn install(off_limits: &[Pid]) -> io::Result<OwnedFd> {
    let mut program = filter::program(off_limits)?;
    let program = sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    nix::sys::prctl::set_no_new_privs()?; // without it only root may set a filter
    // SAFETY: the program is as long as it says, and the kernel copies it.
    let listener = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        )
    };
    let listener = Errno::result(listener)? as RawFd;
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(listener) })
}

/// Sends the listener to the warden, or that there is none.
pub(crate) fn hand_over(listener: Option<&OwnedFd>, warden: &UnixStream) -> io::Result<()> {
    let descriptors: Vec<RawFd> = listener.iter().map(|listener| listener.as_raw_fd()).collect();
    let rights = [ControlMessage::ScmRights(&descriptors)];
    let rights = if descriptors.is_empty() { &[][..] } else { &rights[..] };
    sendmsg::<()>(warden.as_raw_fd(), &[IoSlice::new(&[0])], rights, MsgFlags::empty(), None)?;
    Ok(())
}

/// The warden's side.
pub(crate) struct Gate(OwnedFd);

/// Somebody who is stopped at the gate.
pub(crate) struct Request {
    id: u64,
    /// As the warden sees it.
    pub(crate) pid: i32,
    pub(crate) wish: Wish,
}

/// What it wants to do.
pub(crate) enum Wish {
    Fork,
    Signal { target: i32, signal: i32 },
}

impl Gate {
    /// What the keeper has handed over; `None` if there is no gate here.
    pub(crate) fn receive(keeper: &UnixStream) -> io::Result<Option<Gate>> {
        let mut space = nix::cmsg_space!(RawFd);
        let mut byte = [0];
        let mut bytes = [IoSliceMut::new(&mut byte)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = recvmsg::<()>(keeper.as_raw_fd(), &mut bytes, Some(&mut space), flags)?;
        let descriptors = message.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::ScmRights(descriptors) => descriptors.first().copied(),
            _ => None,
        });
        // SAFETY: the message has just brought us this descriptor.
        Ok(descriptors.map(|descriptor| Gate(unsafe { OwnedFd::from_raw_fd(descriptor) })))
    }

    /// Who has come to the gate; `None` if nobody has.
    pub(crate) fn next(&self) -> Option<Request> {
        let mut waiting = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        poll(&mut waiting, 0u8).ok()?;
        waiting[0].revents().filter(|events| events.contains(PollFlags::POLLIN))?;
        self.receive_request()
    }

    fn receive_request(&self) -> Option<Request> {
        // SAFETY: zeroes are valid for a structure of integers, and asked for by the kernel.
        let mut notice: seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the request's argument is a place for such a structure.
        let result = unsafe {
            libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notice)
        };
        Errno::result(result).ok()?; // ENOENT: it has been killed meanwhile
        let [target, signal] = [0, 1].map(|index| notice.data.args[index] as i32);
        let forks = i64::from(notice.data.nr) != libc::SYS_kill;
        let wish = if forks { Wish::Fork } else { Wish::Signal { target, signal } };
        Some(Request { id: notice.id, pid: notice.pid.cast_signed(), wish })
    }

    /// It may do what it wants.
    pub(crate) fn allow(&self, request: &Request) {
        self.answer(request, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32);
    }

    /// Its system call fails with EPERM.
    pub(crate) fn refuse(&self, request: &Request) {
        self.answer(request, -libc::EPERM, 0);
    }

    fn answer(&self, request: &Request, error: i32, flags: u32) {
        let mut answer = seccomp_notif_resp { id: request.id, val: 0, error, flags };
        // SAFETY: the request's argument is such a structure.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer) };
    }
}

impl AsFd for Gate {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
