//! Which system calls are visible, by number, and where their arguments are.
//!
//! A call is visible if another process can notice it, or if it can notice another process.
//! Computing, allocating and mapping private memory are invisible: whatever lies between two
//! visible calls belongs to the step before.

use libc::c_long;

/// What kind of call it is: which arguments mean what is known to [`super::call`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Fork,
    Vfork,
    Clone,
    Clone3,
    Exec(At),
    Exit,
    Wait4,
    WaitId,
    Read,
    ReadAt,
    Write,
    WriteAt,
    /// On a socket, with the descriptor first.
    Socket,
    Close,
    CloseRange,
    Duplicate,
    Poll,
    PPoll,
    Select,
    PSelect,
    EPoll,
    Sleep,
    Pause,
    Suspend,
    TimedWait,
    SetAction,
    SetMask,
    Kill,
    KillThread,
    KillInGroup,
    KillPidFd,
    Parent,
    Group,
    AskGroup,
    Control,
    Alarm,
    Timer,
    Random,
    Processors,
    ShareMemory,
    /// Opens with the flags in the argument after the path.
    Open(At),
    Create(At),
    /// Only looks at a path.
    Look(At),
    /// Changes one path, or two.
    Change(At, Option<At>),
    List,
    Stat,
    Seek,
    Truncate,
    Flock,
    FileControl,
    DeviceControl,
    Times,
    Trace,
    Unmodelled,
}

/// Where a path is: the argument with the folder's descriptor, if there is one, and the
/// argument with the address of the string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At(pub(crate) Option<u8>, pub(crate) u8);

const PATH: At = At(None, 0);
const AT: At = At(Some(0), 1);

/// The calls that every Linux has.
const COMMON: &[(c_long, &str, Shape)] = &[
    (libc::SYS_clone, "clone", Shape::Clone),
    (libc::SYS_clone3, "clone3", Shape::Clone3),
    (libc::SYS_execve, "execve", Shape::Exec(PATH)),
    (libc::SYS_execveat, "execveat", Shape::Exec(AT)),
    (libc::SYS_exit_group, "exit", Shape::Exit),
    (libc::SYS_wait4, "wait4", Shape::Wait4),
    (libc::SYS_waitid, "waitid", Shape::WaitId),
    (libc::SYS_read, "read", Shape::Read),
    (libc::SYS_readv, "readv", Shape::Read),
    (libc::SYS_pread64, "pread", Shape::ReadAt),
    (libc::SYS_preadv, "preadv", Shape::ReadAt),
    (libc::SYS_write, "write", Shape::Write),
    (libc::SYS_writev, "writev", Shape::Write),
    (libc::SYS_pwrite64, "pwrite", Shape::WriteAt),
    (libc::SYS_pwritev, "pwritev", Shape::WriteAt),
    (libc::SYS_recvfrom, "recv", Shape::Socket),
    (libc::SYS_recvmsg, "recvmsg", Shape::Socket),
    (libc::SYS_sendto, "send", Shape::Socket),
    (libc::SYS_sendmsg, "sendmsg", Shape::Socket),
    (libc::SYS_accept, "accept", Shape::Socket),
    (libc::SYS_accept4, "accept", Shape::Socket),
    (libc::SYS_connect, "connect", Shape::Socket),
    (libc::SYS_bind, "bind", Shape::Socket),
    (libc::SYS_listen, "listen", Shape::Socket),
    (libc::SYS_shutdown, "shutdown", Shape::Socket),
    (libc::SYS_close, "close", Shape::Close),
    (libc::SYS_close_range, "close_range", Shape::CloseRange),
    (libc::SYS_dup3, "dup3", Shape::Duplicate),
    (libc::SYS_ppoll, "ppoll", Shape::PPoll),
    (libc::SYS_pselect6, "pselect", Shape::PSelect),
    (libc::SYS_epoll_pwait, "epoll_wait", Shape::EPoll),
    (libc::SYS_nanosleep, "nanosleep", Shape::Sleep),
    (libc::SYS_clock_nanosleep, "clock_nanosleep", Shape::Sleep),
    (libc::SYS_rt_sigsuspend, "sigsuspend", Shape::Suspend),
    (libc::SYS_rt_sigtimedwait, "sigtimedwait", Shape::TimedWait),
    (libc::SYS_rt_sigaction, "sigaction", Shape::SetAction),
    (libc::SYS_rt_sigprocmask, "sigprocmask", Shape::SetMask),
    (libc::SYS_kill, "kill", Shape::Kill),
    (libc::SYS_rt_sigqueueinfo, "sigqueue", Shape::Kill),
    (libc::SYS_tkill, "tkill", Shape::KillThread),
    (libc::SYS_tgkill, "tgkill", Shape::KillInGroup),
    (libc::SYS_rt_tgsigqueueinfo, "sigqueue", Shape::KillInGroup),
    (libc::SYS_pidfd_send_signal, "pidfd_send_signal", Shape::KillPidFd),
    (libc::SYS_getppid, "getppid", Shape::Parent),
    (libc::SYS_setpgid, "setpgid", Shape::Group),
    (libc::SYS_setsid, "setsid", Shape::Group),
    (libc::SYS_getpgid, "getpgid", Shape::AskGroup),
    (libc::SYS_getsid, "getsid", Shape::AskGroup),
    (libc::SYS_prctl, "prctl", Shape::Control),
    (libc::SYS_setitimer, "setitimer", Shape::Timer),
    (libc::SYS_getrandom, "getrandom", Shape::Random),
    (libc::SYS_sched_getaffinity, "sched_getaffinity", Shape::Processors),
    (libc::SYS_mmap, "mmap", Shape::ShareMemory),
    (libc::SYS_shmat, "shmat", Shape::ShareMemory),
    (libc::SYS_openat, "open", Shape::Open(AT)),
    (libc::SYS_openat2, "open", Shape::Open(AT)),
    (libc::SYS_newfstatat, "stat", Shape::Look(AT)),
    (libc::SYS_statx, "stat", Shape::Look(AT)),
    (libc::SYS_faccessat, "access", Shape::Look(AT)),
    (libc::SYS_faccessat2, "access", Shape::Look(AT)),
    (libc::SYS_readlinkat, "readlink", Shape::Look(AT)),
    (libc::SYS_mkdirat, "mkdir", Shape::Change(AT, None)),
    (libc::SYS_mknodat, "mknod", Shape::Change(AT, None)),
    (libc::SYS_unlinkat, "unlink", Shape::Change(AT, None)),
    (libc::SYS_fchmodat, "chmod", Shape::Change(AT, None)),
    (libc::SYS_symlinkat, "symlink", Shape::Change(At(Some(1), 2), None)),
    (libc::SYS_renameat2, "rename", Shape::Change(AT, Some(At(Some(2), 3)))),
    (libc::SYS_renameat, "rename", Shape::Change(AT, Some(At(Some(2), 3)))),
    (libc::SYS_linkat, "link", Shape::Change(AT, Some(At(Some(2), 3)))),
    (libc::SYS_truncate, "truncate", Shape::Change(PATH, None)),
    (libc::SYS_getdents64, "getdents", Shape::List),
    (libc::SYS_fstat, "fstat", Shape::Stat),
    (libc::SYS_lseek, "lseek", Shape::Seek),
    (libc::SYS_ftruncate, "ftruncate", Shape::Truncate),
    (libc::SYS_fallocate, "fallocate", Shape::Truncate),
    (libc::SYS_fchmod, "fchmod", Shape::Truncate),
    (libc::SYS_fchown, "fchown", Shape::Truncate),
    (libc::SYS_fchownat, "chown", Shape::Change(AT, None)),
    (libc::SYS_utimensat, "utimensat", Shape::Times),
    (libc::SYS_ioctl, "ioctl", Shape::DeviceControl),
    (libc::SYS_flock, "flock", Shape::Flock),
    (libc::SYS_fcntl, "fcntl", Shape::FileControl),
    (libc::SYS_splice, "splice", Shape::Unmodelled),
    (libc::SYS_sendfile, "sendfile", Shape::Unmodelled),
    (libc::SYS_copy_file_range, "copy_file_range", Shape::Unmodelled),
    (libc::SYS_msgsnd, "msgsnd", Shape::Unmodelled),
    (libc::SYS_msgrcv, "msgrcv", Shape::Unmodelled),
    (libc::SYS_semop, "semop", Shape::Unmodelled),
    (libc::SYS_ptrace, "ptrace", Shape::Trace),
    (libc::SYS_preadv2, "preadv2", Shape::Unmodelled),
    (libc::SYS_pwritev2, "pwritev2", Shape::Unmodelled),
    (libc::SYS_tee, "tee", Shape::Unmodelled),
    (libc::SYS_vmsplice, "vmsplice", Shape::Unmodelled),
    (libc::SYS_sendmmsg, "sendmmsg", Shape::Unmodelled),
    (libc::SYS_recvmmsg, "recvmmsg", Shape::Unmodelled),
    (libc::SYS_epoll_pwait2, "epoll_pwait2", Shape::Unmodelled),
    (libc::SYS_mq_timedsend, "mq_send", Shape::Unmodelled),
    (libc::SYS_mq_timedreceive, "mq_receive", Shape::Unmodelled),
    (libc::SYS_mq_notify, "mq_notify", Shape::Unmodelled),
    (libc::SYS_semtimedop, "semtimedop", Shape::Unmodelled),
    (libc::SYS_semctl, "semctl", Shape::Unmodelled),
    (libc::SYS_process_vm_readv, "process_vm_readv", Shape::Unmodelled),
    (libc::SYS_process_vm_writev, "process_vm_writev", Shape::Unmodelled),
    (libc::SYS_inotify_add_watch, "inotify_add_watch", Shape::Unmodelled),
    (libc::SYS_fanotify_mark, "fanotify_mark", Shape::Unmodelled),
    (libc::SYS_timerfd_settime, "timerfd_settime", Shape::Unmodelled),
    (libc::SYS_timer_settime, "timer_settime", Shape::Unmodelled),
    (libc::SYS_io_uring_enter, "io_uring_enter", Shape::Unmodelled),
];

/// The older calls, for which newer processors have no number.
#[cfg(target_arch = "x86_64")]
const OLDER: &[(c_long, &str, Shape)] = &[
    (libc::SYS_getpgrp, "getpgrp", Shape::AskGroup),
    (libc::SYS_fork, "fork", Shape::Fork),
    (libc::SYS_vfork, "vfork", Shape::Vfork),
    (libc::SYS_dup2, "dup2", Shape::Duplicate),
    (libc::SYS_poll, "poll", Shape::Poll),
    (libc::SYS_select, "select", Shape::Select),
    (libc::SYS_epoll_wait, "epoll_wait", Shape::EPoll),
    (libc::SYS_pause, "pause", Shape::Pause),
    (libc::SYS_alarm, "alarm", Shape::Alarm),
    (libc::SYS_open, "open", Shape::Open(PATH)),
    (libc::SYS_creat, "creat", Shape::Create(PATH)),
    (libc::SYS_stat, "stat", Shape::Look(PATH)),
    (libc::SYS_lstat, "stat", Shape::Look(PATH)),
    (libc::SYS_access, "access", Shape::Look(PATH)),
    (libc::SYS_readlink, "readlink", Shape::Look(PATH)),
    (libc::SYS_mkdir, "mkdir", Shape::Change(PATH, None)),
    (libc::SYS_rmdir, "rmdir", Shape::Change(PATH, None)),
    (libc::SYS_mknod, "mknod", Shape::Change(PATH, None)),
    (libc::SYS_unlink, "unlink", Shape::Change(PATH, None)),
    (libc::SYS_chmod, "chmod", Shape::Change(PATH, None)),
    (libc::SYS_chown, "chown", Shape::Change(PATH, None)),
    (libc::SYS_symlink, "symlink", Shape::Change(At(None, 1), None)),
    (libc::SYS_rename, "rename", Shape::Change(PATH, Some(At(None, 1)))),
    (libc::SYS_link, "link", Shape::Change(PATH, Some(At(None, 1)))),
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[(c_long, &str, Shape)] = &[];

/// The name and the shape of system call number `call`.
pub(crate) fn look_up(call: c_long) -> (&'static str, Shape) {
    let entry = COMMON.iter().chain(OLDER).find(|(number, ..)| *number == call);
    entry.map_or(("?", Shape::Unmodelled), |(_, name, shape)| (*name, *shape))
}

/// What the kernel calls this machine (`linux/audit.h`).
#[cfg(target_arch = "x86_64")]
const MACHINE: u32 = libc::EM_X86_64 as u32 | 0xC000_0000;
#[cfg(target_arch = "aarch64")]
const MACHINE: u32 = libc::EM_AARCH64 as u32 | 0xC000_0000;

/// The offset of the low half of argument `number` in `struct seccomp_data`.
const fn argument(number: u32) -> u32 {
    16 + 8 * number
}

/// The filter: park at the calls of the table, and make all others at full speed.
///
/// Five calls are made often and are visible only with certain arguments, so the filter looks
/// at those: a mapping that is shared and writable, a `fcntl` about locks or flags, an `ioctl` that sets
/// a flag, and a change (not a query) of a signal's action or of the mask.
pub(crate) fn filter() -> Vec<libc::sock_filter> {
    let mut program = vec![load(4), skip_unless(MACHINE, 1), skip(1), allow(), load(0)];
    for (call, _, shape) in COMMON.iter().chain(OLDER) {
        match shape {
            Shape::ShareMemory if *call == libc::SYS_mmap => {
                let both = (libc::MAP_SHARED, libc::PROT_WRITE);
                let check = [load(argument(3)), skip_unless_bits(both.0, 3)];
                let more = [load(argument(2)), skip_unless_bits(both.1, 1), park(), allow()];
                only_for(&mut program, *call, check.into_iter().chain(more).collect());
            }
            Shape::FileControl => {
                only_for(&mut program, *call, if_second(&FILE_COMMANDS));
            }
            Shape::DeviceControl => only_for(&mut program, *call, if_second(&DEVICE_COMMANDS)),
            Shape::SetAction => {
                let mut check = vec![load(argument(0))];
                // A process that faults has to be able to end, even when no search answers it.
                for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
                    check.extend([skip_unless(signal.cast_unsigned(), 1), allow()]);
                }
                check.extend(unless_null());
                only_for(&mut program, *call, check);
            }
            Shape::SetMask => only_for(&mut program, *call, unless_null()),
            _ => program.extend([skip_unless(number(*call), 1), park()]),
        }
    }
    program.push(allow());
    program
}

/// The commands of `fcntl` that other processes may notice.
const FILE_COMMANDS: [u32; 8] = [
    libc::F_SETLK as u32,
    libc::F_SETLKW as u32,
    libc::F_OFD_SETLK as u32,
    libc::F_OFD_SETLKW as u32,
    libc::F_SETFL as u32,
    libc::F_SETPIPE_SZ as u32,
    libc::F_SETLEASE as u32,
    libc::F_NOTIFY as u32,
];

/// The same of `ioctl`: another way to set the flags that `fcntl` sets.
const DEVICE_COMMANDS: [u32; 2] = [libc::FIONBIO as u32, libc::FIOASYNC as u32];

/// Parks if the second argument is one of `commands`.
fn if_second(commands: &[u32]) -> Vec<libc::sock_filter> {
    let park_at = commands.iter().flat_map(|command| [skip_unless(*command, 1), park()]);
    std::iter::once(load(argument(1))).chain(park_at).chain([allow()]).collect()
}

/// Parks if the second argument is an address: a query has none.
fn unless_null() -> Vec<libc::sock_filter> {
    let low = [load(argument(1)), skip_unless(0, 2), load(argument(1) + 4)];
    low.into_iter().chain([skip_if(0, 1), park(), allow()]).collect()
}

/// Does `check`, which ends with an answer, if the call is number `call`.
fn only_for(program: &mut Vec<libc::sock_filter>, call: c_long, check: Vec<libc::sock_filter>) {
    let length = u8::try_from(check.len()).unwrap_or(u8::MAX);
    program.push(skip_unless(number(call), length));
    program.extend(check);
}

fn number(call: c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

fn load(offset: u32) -> libc::sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset)
}

fn skip(steps: u8) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JA, 0, 0, steps.into())
}

fn skip_if(value: u32, steps: u8) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, steps, 0, value)
}

fn skip_unless(value: u32, steps: u8) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, steps, value)
}

fn skip_unless_bits(bits: i32, steps: u8) -> libc::sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, steps, bits.cast_unsigned())
}

fn park() -> libc::sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_USER_NOTIF)
}

fn allow() -> libc::sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW)
}

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: u16::try_from(code).unwrap_or(u16::MAX), jt, jf, k }
}
