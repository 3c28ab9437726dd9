//! A parked system call with its arguments decoded.

use nix::poll::PollFlags;

use super::memory::Memory;
use super::table::{At, Shape, look_up};
use crate::sys::Notice;

/// A visible system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Makes a process; with `vfork` the caller blocks until the child runs a program.
    Fork {
        vfork: bool,
    },
    /// Makes a thread, which this search cannot follow.
    Thread,
    Exec {
        path: Option<String>,
    },
    Exit {
        status: i32,
    },
    Wait {
        which: Which,
        nohang: bool,
        reaps: bool,
    },
    Read {
        fd: i32,
        buffer: Option<Buffer>,
        moves: bool,
    },
    Write {
        fd: i32,
        buffer: Option<Buffer>,
        moves: bool,
    },
    Socket {
        fd: i32,
        writes: bool,
    },
    Close {
        first: i32,
        last: i32,
    },
    Poll {
        fds: Vec<(i32, PollFlags)>,
        limit: Limit,
        mask: Option<u64>,
    },
    Sleep,
    /// Waits for a signal with this mask; `pause` keeps the mask.
    Pause {
        mask: Option<u64>,
    },
    TimedWait {
        signals: u64,
        limit: Limit,
    },
    SetAction {
        signal: i32,
    },
    SetMask {
        signals: u64,
    },
    Kill {
        whom: Whom,
        signal: i32,
    },
    GetParent,
    /// Asks in which group or session a process is.
    GetGroup,
    SetGroup,
    ParentDeath {
        signal: i32,
    },
    Alarm {
        on: bool,
    },
    /// Traces a process, or lets itself be traced.
    Trace,
    Random {
        buffer: Buffer,
    },
    /// Asks on which processors it may run.
    Processors {
        buffer: Buffer,
    },
    ShareMemory,
    Look {
        path: String,
    },
    Open {
        path: String,
        flags: i32,
    },
    Change {
        paths: Vec<String>,
    },
    List {
        fd: i32,
    },
    Stat {
        fd: i32,
    },
    Seek {
        fd: i32,
    },
    Truncate {
        fd: i32,
    },
    /// Changes the flags of an open file, or the room of a pipe.
    SetFlags {
        fd: i32,
    },
    Lock {
        fd: i32,
        lock: LockKind,
        waits: bool,
    },
    /// With these arguments, irrelevant to other processes.
    Private,
    Unmodelled,
}

/// Memory of the process: where, and how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Buffer {
    pub(crate) address: u64,
    pub(crate) len: usize,
}

/// The children for which a process waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Any,
    Pid(i32),
    /// The process to which a descriptor refers.
    Descriptor(i32),
    /// Of one process group; 0 is the group of the process that waits.
    Group(i32),
}

/// How long a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    NotAtAll,
    SomeTime,
    ForEver,
}

/// The processes to which a signal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    Pid(i32),
    Descriptor(i32),
    /// All processes.
    Everyone,
    /// A process group; 0 is the sender's own.
    Group(i32),
}

/// What a call does to a file lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockKind {
    /// By `flock`: shared or exclusive.
    Flock {
        exclusive: bool,
    },
    /// By `fcntl`, on a range; the address of its `struct flock`.
    Range {
        address: u64,
    },
    Unlock,
}

fn int(argument: u64) -> i32 {
    (argument & 0xffff_ffff) as u32 as i32
}

fn len(argument: u64) -> usize {
    usize::try_from(argument).unwrap_or(usize::MAX)
}

/// Decodes the call at which a process is parked.
pub(crate) fn read(notice: &Notice, memory: Memory) -> Call {
    let args = notice.args;
    let (name, shape) = look_up(notice.call);
    match shape {
        Shape::Fork => Call::Fork { vfork: false },
        Shape::Vfork => Call::Fork { vfork: true },
        Shape::Clone => fork(args[0]),
        Shape::Clone3 => memory.u64(args[0]).map_or(Call::Unmodelled, fork),
        Shape::Exit => Call::Exit { status: int(args[0]) },
        Shape::Wait4 | Shape::WaitId => wait(shape, &args),
        Shape::Read | Shape::ReadAt | Shape::Write | Shape::WriteAt => transfer(name, shape, &args),
        Shape::Socket => Call::Socket { fd: int(args[0]), writes: !reads_socket(name) },
        Shape::Close => Call::Close { first: int(args[0]), last: int(args[0]) },
        Shape::CloseRange => {
            Call::Close { first: int(args[0]), last: i32::try_from(args[1]).unwrap_or(i32::MAX) }
        }
        Shape::Duplicate => Call::Close { first: int(args[1]), last: int(args[1]) },
        Shape::Poll | Shape::PPoll | Shape::Select | Shape::PSelect | Shape::EPoll => {
            wait_for_descriptors(shape, &args, memory)
        }
        Shape::Sleep => Call::Sleep,
        Shape::Random => Call::Random { buffer: Buffer { address: args[0], len: len(args[1]) } },
        Shape::Processors => {
            Call::Processors { buffer: Buffer { address: args[2], len: len(args[1]) } }
        }
        Shape::ShareMemory => Call::ShareMemory,
        Shape::Alarm => Call::Alarm { on: args[0] != 0 },
        Shape::Timer => timer(&args, memory),
        Shape::Unmodelled => Call::Unmodelled,
        Shape::List => Call::List { fd: int(args[0]) },
        Shape::Stat => Call::Stat { fd: int(args[0]) },
        Shape::Seek => Call::Seek { fd: int(args[0]) },
        Shape::Truncate => Call::Truncate { fd: int(args[0]) },
        Shape::Flock => flock(&args),
        Shape::FileControl | Shape::DeviceControl => control(shape, &args, memory),
        Shape::Exec(at) => Call::Exec { path: path(at, &args, memory) },
        Shape::Open(_) | Shape::Create(_) | Shape::Look(_) | Shape::Change(..) | Shape::Times => {
            on_path(notice, shape, memory)
        }
        _ => about_signals(shape, &args, memory),
    }
}

fn reads_socket(name: &str) -> bool {
    matches!(name, "recv" | "recvmsg" | "accept")
}

fn fork(flags: u64) -> Call {
    let has = |flag: i32| flags & u64::from(flag.cast_unsigned()) != 0;
    if has(libc::CLONE_THREAD) {
        Call::Thread
    } else {
        Call::Fork { vfork: has(libc::CLONE_VFORK) }
    }
}

/// A read or a write. Its buffer is known if it is one, and at the file's own offset.
fn transfer(name: &str, shape: Shape, args: &[u64; 6]) -> Call {
    let fd = int(args[0]);
    let moves = matches!(shape, Shape::Read | Shape::Write);
    let one = moves && !name.ends_with('v');
    let buffer = one.then_some(Buffer { address: args[1], len: len(args[2]) });
    match shape {
        Shape::Read | Shape::ReadAt => Call::Read { fd, buffer, moves },
        _ => Call::Write { fd, buffer, moves },
    }
}

fn wait(shape: Shape, args: &[u64; 6]) -> Call {
    let which = |pid: i32| match pid {
        -1 => Which::Any,
        pid if pid > 0 => Which::Pid(pid),
        group => Which::Group(group.saturating_neg()),
    };
    if shape == Shape::Wait4 {
        let nohang = int(args[2]) & libc::WNOHANG != 0;
        return Call::Wait { which: which(int(args[0])), nohang, reaps: true };
    }
    let which = match int(args[0]).cast_unsigned() {
        libc::P_ALL => Which::Any,
        libc::P_PID => Which::Pid(int(args[1])),
        libc::P_PIDFD => Which::Descriptor(int(args[1])),
        _ => Which::Group(int(args[1])),
    };
    let options = int(args[3]);
    Call::Wait { which, nohang: options & libc::WNOHANG != 0, reaps: options & libc::WNOWAIT == 0 }
}

fn limit_of(zero: Option<bool>) -> Limit {
    match zero {
        None => Limit::ForEver,
        Some(true) => Limit::NotAtAll,
        Some(false) => Limit::SomeTime,
    }
}

fn wait_for_descriptors(shape: Shape, args: &[u64; 6], memory: Memory) -> Call {
    let milliseconds = |limit: u64| match int(limit) {
        0 => Limit::NotAtAll,
        limit if limit > 0 => Limit::SomeTime,
        _ => Limit::ForEver,
    };
    let mask = |address: u64| memory.u64(address);
    let (fds, limit, mask) = match shape {
        Shape::Poll => (polled(args, memory), milliseconds(args[2]), None),
        Shape::PPoll => {
            (polled(args, memory), limit_of(memory.is_zero_time(args[2])), mask(args[3]))
        }
        Shape::Select => (selected(args, memory), limit_of(memory.is_zero_time(args[4])), None),
        Shape::PSelect => {
            // The last argument is the address of a pair: the mask's address and its size.
            let mask = memory.u64(args[5]).and_then(mask);
            (selected(args, memory), limit_of(memory.is_zero_time(args[4])), mask)
        }
        _ => (vec![(int(args[0]), PollFlags::POLLIN)], milliseconds(args[3]), mask(args[4])),
    };
    Call::Poll { fds, limit, mask }
}

fn polled(args: &[u64; 6], memory: Memory) -> Vec<(i32, PollFlags)> {
    let bytes = memory.bytes(args[0], len(args[1]).min(1_024) * 8);
    let entry = |entry: &[u8]| {
        let fd = i32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let events = i16::from_ne_bytes([entry[4], entry[5]]);
        (fd, PollFlags::from_bits_truncate(events))
    };
    bytes.chunks_exact(8).map(entry).filter(|(fd, _)| *fd >= 0).collect()
}

fn selected(args: &[u64; 6], memory: Memory) -> Vec<(i32, PollFlags)> {
    let count = int(args[0]).clamp(0, 1_024);
    let mut fds = Vec::new();
    for (set, events) in [(args[1], PollFlags::POLLIN), (args[2], PollFlags::POLLOUT)] {
        let bytes = if set == 0 { Vec::new() } else { memory.bytes(set, 128) };
        let is_in = |fd: i32| {
            let byte = usize::try_from(fd / 8).ok().and_then(|at| bytes.get(at));
            byte.is_some_and(|byte| byte >> (fd % 8) & 1 == 1)
        };
        fds.extend((0..count).filter(|fd| is_in(*fd)).map(|fd| (fd, events)));
    }
    fds
}

fn timer(args: &[u64; 6], memory: Memory) -> Call {
    if int(args[0]) != libc::ITIMER_REAL {
        return Call::Unmodelled;
    }
    // A `struct itimerval`: the interval, then the time until it rings.
    Call::Alarm { on: memory.is_zero_time(args[1] + 16) == Some(false) }
}

fn flock(args: &[u64; 6]) -> Call {
    let operation = int(args[1]);
    let lock = match operation & !libc::LOCK_NB {
        libc::LOCK_UN => LockKind::Unlock,
        kind => LockKind::Flock { exclusive: kind == libc::LOCK_EX },
    };
    let waits = operation & libc::LOCK_NB == 0 && lock != LockKind::Unlock;
    Call::Lock { fd: int(args[0]), lock, waits }
}

fn control(shape: Shape, args: &[u64; 6], memory: Memory) -> Call {
    let fd = int(args[0]);
    match int(args[1]) {
        _ if shape == Shape::DeviceControl && args[1] == u64::from(libc::FIOASYNC as u32) => {
            Call::Unmodelled
        }
        _ if shape == Shape::DeviceControl => Call::SetFlags { fd },
        libc::F_SETFL if int(args[2]) & libc::O_ASYNC != 0 => Call::Unmodelled,
        libc::F_SETFL | libc::F_SETPIPE_SZ => Call::SetFlags { fd },
        libc::F_SETLEASE | libc::F_NOTIFY => Call::Unmodelled,
        _ => range_lock(args, memory),
    }
}

fn range_lock(args: &[u64; 6], memory: Memory) -> Call {
    let kind = memory.bytes(args[2], 2);
    let unlocks = kind == (libc::F_UNLCK as i16).to_ne_bytes();
    let lock = if unlocks { LockKind::Unlock } else { LockKind::Range { address: args[2] } };
    let waits = matches!(int(args[1]), libc::F_SETLKW | libc::F_OFD_SETLKW) && !unlocks;
    Call::Lock { fd: int(args[0]), lock, waits }
}

fn path(at: At, args: &[u64; 6], memory: Memory) -> Option<String> {
    let folder = at.0.map(|number| int(args[usize::from(number)]));
    memory.path(folder, args[usize::from(at.1)])
}

fn on_path(notice: &Notice, shape: Shape, memory: Memory) -> Call {
    let args = &notice.args;
    let found = |at: At| path(at, args, memory);
    let call = match shape {
        Shape::Look(at) => found(at).map(|path| Call::Look { path }),
        Shape::Open(at) => found(at).map(|path| {
            let flags = args[usize::from(at.1) + 1];
            let by_struct = notice.call == libc::SYS_openat2;
            let flags = if by_struct { memory.u64(flags).unwrap_or(0) } else { flags };
            Call::Open { path, flags: int(flags) }
        }),
        Shape::Create(at) => found(at)
            .map(|path| Call::Open { path, flags: libc::O_CREAT | libc::O_TRUNC | libc::O_WRONLY }),
        // Without a path it is about the descriptor.
        Shape::Times if args[1] == 0 => Some(Call::Truncate { fd: int(args[0]) }),
        Shape::Times => found(At(Some(0), 1)).map(|path| Call::Change { paths: vec![path] }),
        Shape::Change(first, second) => {
            let paths: Vec<_> =
                [Some(first), second].into_iter().flatten().filter_map(found).collect();
            Some(Call::Change { paths })
        }
        _ => None,
    };
    // A path that cannot be read is a fault of the program, and the call fails.
    call.unwrap_or(Call::Private)
}

fn about_signals(shape: Shape, args: &[u64; 6], memory: Memory) -> Call {
    let kill = |pid: u64, signal: u64| match int(pid) {
        pid if pid > 0 => Call::Kill { whom: Whom::Pid(pid), signal: int(signal) },
        -1 => Call::Kill { whom: Whom::Everyone, signal: int(signal) },
        group => Call::Kill { whom: Whom::Group(group.saturating_neg()), signal: int(signal) },
    };
    match shape {
        Shape::Trace => Call::Trace,
        Shape::Pause => Call::Pause { mask: None },
        Shape::Suspend => Call::Pause { mask: memory.u64(args[0]) },
        Shape::TimedWait => {
            let limit = limit_of(memory.is_zero_time(args[2]));
            Call::TimedWait { signals: memory.u64(args[0]).unwrap_or(0), limit }
        }
        Shape::SetAction => Call::SetAction { signal: int(args[0]) },
        Shape::SetMask => match int(args[0]) {
            libc::SIG_SETMASK => Call::SetMask { signals: u64::MAX },
            _ => Call::SetMask { signals: memory.u64(args[1]).unwrap_or(u64::MAX) },
        },
        Shape::Kill | Shape::KillThread => kill(args[0], args[1]),
        Shape::KillInGroup => kill(args[1], args[2]),
        Shape::KillPidFd if args[3] != 0 => Call::Unmodelled, // its flags name groups and threads
        Shape::KillPidFd => {
            Call::Kill { whom: Whom::Descriptor(int(args[0])), signal: int(args[1]) }
        }
        Shape::Parent => Call::GetParent,
        Shape::Group => Call::SetGroup,
        Shape::AskGroup => Call::GetGroup,
        Shape::Control => match int(args[0]) {
            libc::PR_SET_PDEATHSIG => Call::ParentDeath { signal: int(args[1]) },
            libc::PR_SET_CHILD_SUBREAPER => Call::Unmodelled,
            _ => Call::Private,
        },
        _ => Call::Unmodelled,
    }
}
