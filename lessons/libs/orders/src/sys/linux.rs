//! What the kernel offers for holding a process at a system call, as functions.
//!
//! `man 2 seccomp` and `man 2 seccomp_unotify` describe the filter and its notifications,
//! `man 2 pidfd_open` and `man 2 pidfd_getfd` the handles on other processes, and
//! `man 2 process_vm_readv` how one process reads the memory of another.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, c_long, c_ulong, c_void};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

/// A process that is parked at a system call, as the kernel reports it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notice {
    /// By which the answer is addressed.
    pub(crate) id: u64,
    /// The thread that made the call. In a process with one thread this is its PID.
    pub(crate) thread: Pid,
    /// The number of the system call.
    pub(crate) call: c_long,
    /// Its arguments.
    pub(crate) args: [u64; 6],
}

/// The errno that makes the kernel run pending handlers and then the call again. It never
/// reaches the program (`include/linux/errno.h`).
const ERESTARTNOINTR: i32 = 513;

/// A parked call that is interrupted only by fatal signals: since Linux 5.19.
const WAIT_KILLABLE_RECV: c_ulong = 1 << 5;

/// `SECCOMP_IOCTL_NOTIF_RECV` and `SECCOMP_IOCTL_NOTIF_SEND`, whose type in `libc` differs from
/// one C library to the next.
const NOTIF_RECV: c_ulong = 0xc050_2100;
const NOTIF_SEND: c_ulong = 0xc018_2101;

/// Wake the process on the answering processor, which saves a wake-up across processors: since
/// Linux 6.6 (`SECCOMP_IOCTL_NOTIF_SET_FLAGS`).
const NOTIF_SET_FLAGS: c_ulong = 0x4008_2104;
const SYNC_WAKE_UP: u64 = 1;

/// Installs `program` for this process and everything it will start, and returns the number of
/// the descriptor on which the notifications arrive.
pub(crate) fn install_filter(program: &mut [libc::sock_filter]) -> io::Result<RawFd> {
    // SAFETY: PR_SET_NO_NEW_PRIVS takes four plain numbers.
    check(c_long::from(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }))?;
    let len = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | WAIT_KILLABLE_RECV;
    let mode = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: `program` points to `len` instructions, and the kernel copies them.
    let fd = unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) };
    check(fd).map(|fd| RawFd::try_from(fd).unwrap_or(-1))
}

/// The descriptor on which notifications arrive.
#[derive(Debug)]
pub(crate) struct Listener(OwnedFd);

impl Listener {
    /// Takes the listener that is descriptor `fd` of another process.
    pub(crate) fn of(process: &PidFd, fd: RawFd) -> io::Result<Self> {
        let listener = Listener(process.descriptor(fd)?);
        // Only a gain of time; an older kernel does not know it.
        // SAFETY: the request takes one number and no pointer.
        unsafe { libc::ioctl(listener.0.as_raw_fd(), NOTIF_SET_FLAGS as _, SYNC_WAKE_UP) };
        Ok(listener)
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(&self.0)
    }

    /// Whether a notification is there. (A listener without processes has hung up.)
    pub(crate) fn has_news(&self) -> bool {
        let mut fds = [PollFd::new(self.fd(), PollFlags::POLLIN)];
        let _ = poll(&mut fds, PollTimeout::ZERO);
        fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
    }

    /// The next notification; `None` if the process was killed meanwhile.
    pub(crate) fn receive(&self) -> Option<Notice> {
        // SAFETY: `seccomp_notif` is numbers alone, for which zero is a value; the kernel
        // refuses a buffer that is not zeroed.
        let mut notice: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        self.control(NOTIF_RECV, (&raw mut notice).cast()).ok()?;
        Some(Notice {
            id: notice.id,
            thread: Pid::from_raw(notice.pid.cast_signed()),
            call: notice.data.nr.into(),
            args: notice.data.args,
        })
    }

    /// The call is made.
    pub(crate) fn go_on(&self, notice: &Notice) {
        let flags = u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).unwrap_or(1);
        self.answer(notice, 0, 0, flags);
    }

    /// The call is not made, and returns `value`.
    pub(crate) fn pretend(&self, notice: &Notice, value: i64) {
        self.answer(notice, value, 0, 0);
    }

    /// The call is not made, and fails with `errno`.
    pub(crate) fn refuse(&self, notice: &Notice, errno: i32) {
        self.answer(notice, 0, -errno, 0);
    }

    /// Handlers of pending signals run now, and the call is made anew after them.
    pub(crate) fn run_handlers(&self, notice: &Notice) {
        self.answer(notice, 0, -ERESTARTNOINTR, 0);
    }

    /// A process that was killed while it was parked needs no answer, so failure is no error.
    fn answer(&self, notice: &Notice, val: i64, error: i32, flags: u32) {
        let mut answer = libc::seccomp_notif_resp { id: notice.id, val, error, flags };
        let _ = self.control(NOTIF_SEND, (&raw mut answer).cast());
    }

    fn control(&self, request: c_ulong, data: *mut c_void) -> io::Result<c_long> {
        // SAFETY: both requests read or write one struct, to which `data` points.
        check(unsafe { libc::ioctl(self.0.as_raw_fd(), request as _, data) }.into())
    }
}

/// A handle on a process that stays its own when the PID is used again.
#[derive(Debug)]
pub(crate) struct PidFd(OwnedFd);

impl PidFd {
    pub(crate) fn open(pid: Pid) -> io::Result<Self> {
        // SAFETY: two plain numbers.
        let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) })?;
        owned(fd).map(PidFd)
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(&self.0)
    }

    /// Whether the process has ended.
    pub(crate) fn has_ended(&self) -> bool {
        ready(self.fd(), PollFlags::POLLIN)
    }

    /// Sends a signal; a process that has ended needs none.
    pub(crate) fn signal(&self, signal: c_int) {
        let none = std::ptr::null::<c_void>();
        // SAFETY: no siginfo is handed over, so the pointer is not followed.
        unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal, none, 0);
        }
    }

    /// A copy of the process's descriptor `fd`: the same open file, with the same offset.
    pub(crate) fn descriptor(&self, fd: RawFd) -> io::Result<OwnedFd> {
        // SAFETY: three plain numbers.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_getfd, self.0.as_raw_fd(), fd, 0) };
        owned(check(fd)?)
    }
}

fn owned(fd: c_long) -> io::Result<OwnedFd> {
    let fd = RawFd::try_from(fd).map_err(|_| io::ErrorKind::InvalidData)?;
    // SAFETY: the kernel has just made this descriptor for us, and nothing else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Whether one of `events` (or an error or the end of the file) is there now.
pub(crate) fn ready(fd: BorrowedFd<'_>, events: PollFlags) -> bool {
    let mut fds = [PollFd::new(fd, events)];
    poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}

/// Up to `len` bytes of the memory of `pid`; fewer where it ends.
pub(crate) fn read_memory(pid: Pid, address: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let base = usize::try_from(address).unwrap_or(0);
    let mut local = [IoSliceMut::new(&mut bytes)];
    let read = process_vm_readv(pid, &mut local, &[RemoteIoVec { base, len }]).unwrap_or(0);
    bytes.truncate(read);
    bytes
}

/// A string that ends with a zero byte, as far as the page or the next goes.
pub(crate) fn read_string(pid: Pid, address: u64) -> Option<Vec<u8>> {
    // A read that crosses into a page that is not there gives nothing, so page by page.
    let mut string = Vec::new();
    let mut address = address;
    while string.len() < 4_096 {
        let room = 4_096 - usize::try_from(address % 4_096).unwrap_or(0);
        let part = read_memory(pid, address, room);
        if part.is_empty() {
            return None;
        }
        match part.iter().position(|byte| *byte == 0) {
            Some(end) => {
                string.extend_from_slice(&part[..end]);
                return Some(string);
            }
            None => string.extend_from_slice(&part),
        }
        address += room as u64;
    }
    Some(string)
}

/// Writes `bytes` into the memory of `pid`, and says how many were written.
pub(crate) fn write_memory(pid: Pid, address: u64, bytes: &[u8]) -> usize {
    let base = usize::try_from(address).unwrap_or(0);
    let remote = [RemoteIoVec { base, len: bytes.len() }];
    process_vm_writev(pid, &[IoSlice::new(bytes)], &remote).unwrap_or(0)
}

/// The processors on which a process may run, as a set of bits.
#[derive(Debug)]
pub(crate) struct Processors(Vec<u8>);

impl Processors {
    /// Those of this process.
    pub(crate) fn allowed() -> Self {
        let mut bits = vec![0; 1_024];
        let address = bits.as_mut_ptr();
        // SAFETY: the kernel writes at most as many bytes as it is told that there are.
        let len = unsafe { libc::syscall(libc::SYS_sched_getaffinity, 0, bits.len(), address) };
        bits.truncate(usize::try_from(len).unwrap_or(0));
        Processors(bits)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Does `work` on the processor on which this process is now, and so does each process that
    /// it forks meanwhile. Only one process of a run moves at a time, and handing over to the next
    /// takes a third less on the same processor. Between two runs the kernel chooses anew.
    pub(crate) fn bound_to_one<T>(&self, work: impl FnOnce() -> T) -> T {
        // SAFETY: the call takes nothing, and returns a number.
        let here = usize::try_from(unsafe { libc::sched_getcpu() }).unwrap_or(usize::MAX);
        let mut one = vec![0; self.0.len()];
        if let Some(byte) = one.get_mut(here / 8) {
            *byte = 1 << (here % 8);
            bind(&one);
        }
        let done = work();
        bind(&self.0);
        done
    }
}

/// Only a gain of time, so failure is no error.
fn bind(bits: &[u8]) {
    // SAFETY: the kernel reads as many bytes as it is told that there are.
    unsafe { libc::syscall(libc::SYS_sched_setaffinity, 0, bits.len(), bits.as_ptr()) };
}

/// Returns when no process is in the middle of ending.
///
/// A process is reported ended a moment before its parent's SIGCHLD is pending; both happen
/// under the kernel's lock on its list of tasks. This call takes that lock too.
pub(crate) fn wait_for_ends() {
    // SAFETY: two plain numbers, and the answer is of no interest.
    unsafe { libc::getpriority(libc::PRIO_PGRP, 0) };
}

/// Addresses are the same in every run (`man 2 personality`).
pub(crate) fn fix_addresses() {
    // SAFETY: one plain number.
    unsafe { libc::personality(libc::ADDR_NO_RANDOMIZE as c_ulong) };
}

fn check(result: c_long) -> io::Result<c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
