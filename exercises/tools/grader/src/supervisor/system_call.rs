//! The system call that a thread is blocked in, from /proc/PID/syscall: proc_pid_syscall(5).

use std::fs;
use std::os::unix::fs::FileExt;

/// A system call that has not returned yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SystemCall {
    number: i64,
    arguments: Vec<i64>,
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "no process is looked at there"))]
pub(super) enum Wait {
    /// A child's end; the argument of waitpid, `None` if it is not told.
    Child(Option<i32>),
    /// Something to read from this descriptor.
    Read(i64),
    /// Room to write to this descriptor.
    Write(i64),
    /// A lock, or another thread; with or without a time limit.
    Lock { limited: bool },
    /// A file lock.
    FileLock,
    /// That time passes.
    Sleep,
    /// A signal, in this call.
    Signal(&'static str),
    /// A client that connects.
    Client,
    /// That a descriptor becomes ready.
    Ready(Ready),
    /// That the other side opens a named pipe too.
    Open,
    /// Another system call, by its number.
    Other(i64),
}

impl SystemCall {
    /// Of the process or thread whose folder in /proc is `folder`; `None` if it runs.
    pub(super) fn of(folder: &str) -> Option<SystemCall> {
        let line = fs::read_to_string(format!("{folder}/syscall")).ok()?;
        let mut words = line.split_whitespace();
        let number = words.next()?.parse().ok()?;
        let hexadecimal = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
        let arguments = words.filter_map(hexadecimal).map(u64::cast_signed).collect();
        Some(SystemCall { number, arguments })
    }

    #[cfg(target_os = "linux")]
    fn argument(&self, index: usize) -> i64 {
        self.arguments.get(index).copied().unwrap_or_default()
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn wait(&self) -> Wait {
        Wait::Other(self.number) // without /proc there is no call to look at
    }

    #[cfg(target_os = "linux")]
    pub(super) fn wait(&self) -> Wait {
        match self.number {
            libc::SYS_wait4 => Wait::Child(Some(self.argument(0) as i32)),
            libc::SYS_waitid => Wait::Child(None),
            libc::SYS_read | libc::SYS_readv | libc::SYS_recvfrom | libc::SYS_recvmsg => {
                Wait::Read(self.argument(0))
            }
            libc::SYS_write | libc::SYS_writev | libc::SYS_sendto | libc::SYS_sendmsg => {
                Wait::Write(self.argument(0))
            }
            libc::SYS_futex => Wait::Lock { limited: self.argument(3) != 0 },
            libc::SYS_flock => Wait::FileLock,
            libc::SYS_nanosleep | libc::SYS_clock_nanosleep => Wait::Sleep,
            libc::SYS_rt_sigsuspend => Wait::Signal("sigsuspend"),
            libc::SYS_rt_sigtimedwait => Wait::Signal("sigtimedwait"),
            libc::SYS_accept | libc::SYS_accept4 => Wait::Client,
            libc::SYS_ppoll if self.argument(2) == 0 => Wait::Ready(self.poll()),
            libc::SYS_ppoll | libc::SYS_pselect6 | libc::SYS_epoll_pwait => {
                Wait::Ready(Ready::Unknown)
            }
            libc::SYS_openat => Wait::Open,
            _ => self.older_wait(),
        }
    }

    /// Calls that only some processors have, and all others.
    #[cfg(target_os = "linux")]
    fn older_wait(&self) -> Wait {
        #[cfg(target_arch = "x86_64")]
        match self.number {
            libc::SYS_pause => return Wait::Signal("pause"),
            libc::SYS_poll if self.argument(2) as i32 == -1 => return Wait::Ready(self.poll()),
            libc::SYS_poll | libc::SYS_select | libc::SYS_epoll_wait => {
                return Wait::Ready(Ready::Unknown);
            }
            _ => {}
        }
        Wait::Other(self.number)
    }

    /// The first two arguments of poll: where its list is, and how long.
    #[cfg(target_os = "linux")]
    fn poll(&self) -> Ready {
        Ready::Poll { list: self.argument(0).cast_unsigned(), length: self.argument(1) as usize }
    }
}

/// What a process waits for that waits for several descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "no process is looked at there"))]
pub(super) enum Ready {
    /// Those in the list at this address of its memory, without a time limit.
    Poll { list: u64, length: usize },
    /// It is not told here, or there is a time limit.
    Unknown,
}

/// How many descriptors of a list are looked at.
const LIST: usize = 256;

impl Ready {
    /// The descriptors, if all of them are known. `folder` is the process's folder in /proc.
    pub(super) fn descriptors(self, folder: &str) -> Option<Vec<i64>> {
        let Ready::Poll { list, length: length @ ..LIST } = self else { return None };
        let mut bytes = vec![0; length * size_of::<libc::pollfd>()];
        let memory = fs::File::open(format!("{folder}/mem")).ok()?;
        memory.read_exact_at(&mut bytes, list).ok()?;
        let entries = bytes.chunks_exact(size_of::<libc::pollfd>());
        let descriptors = entries.filter_map(|entry| entry.first_chunk()); // its first field
        let descriptors = descriptors.map(|bytes| i64::from(i32::from_ne_bytes(*bytes)));
        Some(descriptors.filter(|&descriptor| descriptor >= 0).collect()) // others are skipped
    }
}
