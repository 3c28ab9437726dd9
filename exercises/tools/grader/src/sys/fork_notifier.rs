//! Every creation of a process asks the supervisor first: a system call filter stops the process
//! that calls fork, vfork or clone, by whatever way and also after an exec, until the supervisor
//! has answered. So no bomb gets ahead of its supervisor, however busy the machine is. The same
//! filter refuses the signals that would harm others. See seccomp(2) and seccomp_unotify(2).

use std::fs::{self, File};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;

use libc::{seccomp_notif, seccomp_notif_resp, sock_fprog};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use nix::unistd::Pid;

use super::filter::{self, Signals};

/// The supervisor's end: it hears of each process that asks, and answers.
pub(crate) struct ForkNotifier(OwnedFd);

/// A process that is stopped until it gets an answer.
pub(crate) struct Notification {
    id: u64,
    /// As the supervisor sees it.
    pub(crate) pid: i32,
    pub(crate) request: Request,
}

/// What it asks for.
pub(crate) enum Request {
    /// To create a process.
    Fork,
    /// To create a thread.
    Thread,
    /// A call that cannot be looked into.
    Unknown,
    Signal {
        target: i32,
        signal: i32,
    },
}

/// A handler that runs while a fork waits for permission must not make it fail with EINTR, as no fork
/// does. Since Linux 5.19.
const WAIT_KILLABLE_RECV: libc::c_ulong = 1 << 5;

impl ForkNotifier {
    /// From now on, this process and its descendants ask before they create a process, and before
    /// they signal every process or one of `protected`: without that list, any process.
    ///
    /// # Errors
    ///
    /// The system has no such filters, or does not allow them.
    pub(crate) fn install(protected: Option<&[Pid]>) -> io::Result<OwnedFd> {
        let mut program = filter::program(protected.map_or(Signals::All, Signals::To))?;
        let program = sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
        nix::sys::prctl::set_no_new_privs()?; // without it only root may set a filter
        let install = |flags: libc::c_ulong| {
            let mode = libc::SECCOMP_SET_MODE_FILTER;
            // SAFETY: the program is as long as it says, and the kernel copies it.
            let listener =
                unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) };
            Errno::result(listener)
        };
        let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
        let listener = install(flags | WAIT_KILLABLE_RECV).or_else(|_| install(flags))? as RawFd;
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(unsafe { OwnedFd::from_raw_fd(listener) })
    }

    /// Sends the listener to the supervisor, or that there is none.
    pub(crate) fn hand_over(listener: Option<&OwnedFd>, supervisor: &UnixStream) -> io::Result<()> {
        let descriptors: Vec<RawFd> =
            listener.iter().map(|listener| listener.as_raw_fd()).collect();
        let rights = [ControlMessage::ScmRights(&descriptors)];
        let rights = if descriptors.is_empty() { &[][..] } else { &rights[..] };
        sendmsg::<()>(
            supervisor.as_raw_fd(),
            &[IoSlice::new(&[0])],
            rights,
            MsgFlags::empty(),
            None,
        )?;
        Ok(())
    }

    /// What init has handed over; `None` if there is no notifier here.
    pub(crate) fn receive(init: &UnixStream) -> io::Result<Option<ForkNotifier>> {
        let mut space = nix::cmsg_space!(RawFd);
        let mut byte = [0];
        let mut bytes = [IoSliceMut::new(&mut byte)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = recvmsg::<()>(init.as_raw_fd(), &mut bytes, Some(&mut space), flags)?;
        let descriptors = message.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::ScmRights(descriptors) => descriptors.first().copied(),
            _ => None,
        });
        // SAFETY: the message has just brought us this descriptor.
        Ok(descriptors.map(|descriptor| ForkNotifier(unsafe { OwnedFd::from_raw_fd(descriptor) })))
    }

    /// The next process that asks; `None` if none does now.
    pub(crate) fn next(&self) -> Option<Notification> {
        let mut waiting = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        poll(&mut waiting, 0u8).ok()?;
        waiting[0].revents().filter(|events| events.contains(PollFlags::POLLIN))?;
        self.receive_notification()
    }

    fn receive_notification(&self) -> Option<Notification> {
        // SAFETY: zeroes are valid for a structure of integers, and asked for by the kernel.
        let mut notice: seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the request's argument is a place for such a structure.
        let result = unsafe {
            libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notice)
        };
        Errno::result(result).ok()?; // ENOENT: it has been killed meanwhile
        let pid = notice.pid.cast_signed();
        let [target, second, third] = [0, 1, 2].map(|index| notice.data.args[index] as i32);
        let request = match i64::from(notice.data.nr) {
            libc::SYS_kill | libc::SYS_rt_sigqueueinfo => {
                Request::Signal { target, signal: second }
            }
            libc::SYS_tgkill | libc::SYS_rt_tgsigqueueinfo => {
                Request::Signal { target, signal: third }
            }
            libc::SYS_tkill => {
                Request::Signal { target: process_of_thread(target), signal: second }
            }
            libc::SYS_pidfd_send_signal => {
                Request::Signal { target: process_of_pidfd(pid, target), signal: second }
            }
            libc::SYS_clone3 => clone3(pid, notice.data.args[0]),
            _ => Request::Fork,
        };
        Some(Notification { id: notice.id, pid, request })
    }

    /// Its system call fails as one that this system does not have; callers know another way.
    pub(crate) fn deny_call(&self, notification: &Notification) {
        self.answer(notification, -libc::ENOSYS, 0);
    }

    /// Its system call is made.
    pub(crate) fn allow(&self, notification: &Notification) {
        self.answer(notification, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32);
    }

    /// Its system call fails with EPERM.
    pub(crate) fn refuse(&self, notification: &Notification) {
        self.answer(notification, -libc::EPERM, 0);
    }

    fn answer(&self, notification: &Notification, error: i32, flags: u32) {
        let mut answer = seccomp_notif_resp { id: notification.id, val: 0, error, flags };
        // SAFETY: the request's argument is such a structure.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer) };
    }
}

impl AsFd for ForkNotifier {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What clone3 is asked for: its argument points to a structure that begins with the flags.
fn clone3(pid: i32, address: u64) -> Request {
    let mut flags = [0; size_of::<u64>()];
    let memory = File::open(format!("/proc/{pid}/mem"));
    match memory.and_then(|memory| memory.read_exact_at(&mut flags, address)) {
        Ok(()) if u64::from_ne_bytes(flags) & libc::CLONE_THREAD as u64 != 0 => Request::Thread,
        Ok(()) => Request::Fork,
        Err(_) => Request::Unknown,
    }
}

/// -1 if there is no such thread: its process is not known, so it is refused like all.
fn process_of_thread(thread: i32) -> i32 {
    let process = procinfo::status_field(Pid::from_raw(thread), "Tgid");
    process.ok().flatten().and_then(|pid| pid.parse().ok()).unwrap_or(-1)
}

/// The process that a descriptor of process `pid` stands for: pidfd_open(2), or an open folder in
/// /proc. -1 if there is none.
fn process_of_pidfd(pid: i32, descriptor: i32) -> i32 {
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}")).unwrap_or_default();
    let named = info.lines().find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
    let folder = || {
        let folder = fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
        folder.strip_prefix("/proc").ok()?.to_str()?.parse().ok()
    };
    named.or_else(folder).unwrap_or(-1)
}
