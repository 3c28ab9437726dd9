//! The hooks of the functions in which a check may [plant](crate::plant) faults.
//!
//! `open` and `fcntl` take a variable number of arguments in C. On Linux's processors those that
//! are not given are registers with any value, which the real function does not look at.

use std::ffi::{CStr, c_char, c_int, c_void};

use libc::{epoll_event, fd_set, iovec, mode_t, msghdr, nfds_t, off_t, off64_t, pollfd, sigset_t};
use libc::{sockaddr, socklen_t, timespec, timeval};
use nix::errno::Errno;
use nix::sys::signal::Signal;

use crate::case::plan::in_a_search;
use crate::case::planted::{Verb, before};
use crate::case::real::{Real, die_of, log, own_pid};
use crate::shared::calls::Counter;
use crate::shared::events::Kind;
use crate::shared::rule::Call;

/// Defines C functions in front of the C library's own, and [`look_up_all`] for them.
macro_rules! hooks {
    ($($real:ident: fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty $body:block)*) => {
        $(
            static $real: Real = Real::new(
                match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                    Ok(name) => name,
                    Err(_) => panic!("no C string"),
                },
            );

            // SAFETY: has the type and the meaning of the C library's function of this name.
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $type),*) -> $result $body
        )*

        /// Finds the real functions.
        pub(super) fn look_up_all() {
            $($real.address();)*
        }
    };
}

/// The real function with these arguments.
macro_rules! real {
    ($real:ident($($argument:expr => $type:ty),*) -> $result:ty) => {{
        let real: extern "C" fn($($type),*) -> $result = $real.function();
        real($($argument),*)
    }};
}

/// A call that transfers nothing.
fn plain(call: Call, descriptor: Option<c_int>, real: impl FnOnce() -> c_int) -> c_int {
    match before(call, descriptor) {
        Verb::Fail => -1,
        _ => real(),
    }
}

/// A call that maps memory. What is private to a process is none of a check's business.
fn maps(flags: c_int, real: impl FnOnce() -> *mut c_void) -> *mut c_void {
    if flags & libc::MAP_SHARED != 0 && before(Call::Map, None) == Verb::Fail {
        return libc::MAP_FAILED;
    }
    real()
}

/// A call that transfers up to `length` bytes.
fn transfer(
    call: Call,
    descriptor: c_int,
    length: usize,
    real: impl FnOnce(usize) -> isize,
) -> isize {
    let (length, dies) = match before(call, Some(descriptor)) {
        Verb::Fail => return -1,
        Verb::Make => (length, false),
        Verb::Limit(_) if carries_messages(descriptor) => (length, false),
        Verb::Tear(most) if most < length && carries_messages(descriptor) => {
            die_of(Signal::SIGKILL)
        }
        Verb::Limit(most) => (length.min(most), false),
        Verb::Tear(most) => (length.min(most), true),
    };
    let result = real(length);
    if dies {
        die_of(Signal::SIGKILL);
    }
    if call == Call::Read && result > 0 {
        super::reads::note(descriptor);
    }
    if call == Call::Read && result == -1 && Errno::last() == Errno::EAGAIN {
        log().inspect(|log| log.asked_in_vain(own_pid()));
    }
    count_transfer(call, descriptor, result);
    result
}

/// Whether a descriptor is a socket of messages: each arrives as a whole, or not at all.
fn carries_messages(descriptor: c_int) -> bool {
    let mut kind: c_int = 0;
    let mut size = size_of::<c_int>() as socklen_t;
    let (kind_pointer, size_pointer) = ((&raw mut kind).cast(), &raw mut size);
    let (level, option) = (libc::SOL_SOCKET, libc::SO_TYPE);
    // SAFETY: the pointers are to values that live through the call.
    let result = unsafe { libc::getsockopt(descriptor, level, option, kind_pointer, size_pointer) };
    result == 0 && kind != libc::SOCK_STREAM
}

/// Counts a call on a descriptor that is none of the standard ones.
fn count_transfer(call: Call, descriptor: c_int, result: isize) {
    let (Some(log), Ok(bytes), 3..) = (log(), u64::try_from(result), descriptor) else { return };
    let (calls, amount) = match call {
        Call::Read => (Counter::Reads, Counter::BytesRead),
        _ => (Counter::Writes, Counter::BytesWritten),
    };
    log.count_call(own_pid(), calls, 1);
    log.count_call(own_pid(), amount, bytes);
}

/// A call that transfers what a list of buffers holds: with a limit, only the first that is not
/// empty.
fn transfer_all(
    call: Call,
    descriptor: c_int,
    list: *const iovec,
    count: c_int,
    real: impl FnOnce(*const iovec, c_int) -> isize,
) -> isize {
    // SAFETY: the caller gives a list of this length, as to the real function.
    let buffers = unsafe { std::slice::from_raw_parts(list, count.try_into().unwrap_or(0)) };
    let first = buffers.iter().find(|buffer| buffer.iov_len > 0).copied();
    let Some(first) = first else { return real(list, count) };
    let whole = usize::MAX;
    transfer(call, descriptor, whole, |length| {
        if length == whole {
            return real(list, count);
        }
        let one = iovec { iov_len: first.iov_len.min(length), ..first };
        real(&raw const one, 1)
    })
}

/// A call that waits until a descriptor is ready. Without a time to wait, an empty result says
/// that it was asked in vain.
fn ask(sleeps: bool, real: impl FnOnce() -> c_int) -> c_int {
    let result = plain(Call::Poll, None, real);
    if let Some(log) = log().filter(|_| result == 0 && !sleeps) {
        log.asked_in_vain(own_pid());
    }
    result
}

fn opens(path: *const c_char, real: impl FnOnce() -> c_int) -> c_int {
    if let Some(descriptor) = super::frozen_files::open(path) {
        return descriptor;
    }
    if let Some(log) = log() {
        log.count_call(own_pid(), Counter::Opens, 1);
    }
    plain(Call::Open, None, real)
}

fn note_pair(ends: *const c_int) {
    let inode = |descriptor: c_int| {
        // SAFETY: socketpair has just made it.
        let descriptor = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
        nix::sys::stat::fstat(descriptor).map_or(0, |stat| stat.st_ino as i32)
    };
    // SAFETY: socketpair has written two descriptors there.
    let [one, other] = unsafe { *ends.cast::<[c_int; 2]>() };
    if let Some(log) = log() {
        log.record(own_pid(), Kind::SocketPair { one: inode(one), other: inode(other) });
    }
}

hooks! {
    PIPE: fn pipe(ends: *mut c_int) -> c_int {
        plain(Call::Pipe, None, || real!(PIPE(ends => *mut c_int) -> c_int))
    }
    PIPE2: fn pipe2(ends: *mut c_int, flags: c_int) -> c_int {
        plain(Call::Pipe, None, || real!(PIPE2(ends => *mut c_int, flags => c_int) -> c_int))
    }
    SOCKETPAIR: fn socketpair(domain: c_int, kind: c_int, protocol: c_int, ends: *mut c_int) -> c_int {
        let result = plain(Call::SocketPair, None, || {
            real!(SOCKETPAIR(domain => c_int, kind => c_int, protocol => c_int, ends => *mut c_int) -> c_int)
        });
        if result == 0 && log().is_some() && !in_a_search() {
            note_pair(ends);
        }
        result
    }
    MMAP: fn mmap(at: *mut c_void, length: usize, access: c_int, flags: c_int, descriptor: c_int, from: off_t) -> *mut c_void {
        maps(flags, || {
            real!(MMAP(
                at => *mut c_void, length => usize, access => c_int, flags => c_int, descriptor => c_int, from => off_t
            ) -> *mut c_void)
        })
    }
    MMAP64: fn mmap64(at: *mut c_void, length: usize, access: c_int, flags: c_int, descriptor: c_int, from: off64_t) -> *mut c_void {
        maps(flags, || {
            real!(MMAP64(
                at => *mut c_void, length => usize, access => c_int, flags => c_int, descriptor => c_int, from => off64_t
            ) -> *mut c_void)
        })
    }
    OPEN: fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        opens(path, || real!(OPEN(path => *const c_char, flags => c_int, mode => mode_t) -> c_int))
    }
    OPEN64: fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        opens(path, || real!(OPEN64(path => *const c_char, flags => c_int, mode => mode_t) -> c_int))
    }
    OPENAT: fn openat(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        opens(path, || real!(OPENAT(at => c_int, path => *const c_char, flags => c_int, mode => mode_t) -> c_int))
    }
    OPENAT64: fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        opens(path, || real!(OPENAT64(at => c_int, path => *const c_char, flags => c_int, mode => mode_t) -> c_int))
    }
    CREAT: fn creat(path: *const c_char, mode: mode_t) -> c_int {
        opens(path, || real!(CREAT(path => *const c_char, mode => mode_t) -> c_int))
    }
    READ: fn read(descriptor: c_int, buffer: *mut c_void, length: usize) -> isize {
        transfer(Call::Read, descriptor, length, |length| {
            real!(READ(descriptor => c_int, buffer => *mut c_void, length => usize) -> isize)
        })
    }
    WRITE: fn write(descriptor: c_int, buffer: *const c_void, length: usize) -> isize {
        transfer(Call::Write, descriptor, length, |length| {
            real!(WRITE(descriptor => c_int, buffer => *const c_void, length => usize) -> isize)
        })
    }
    READV: fn readv(descriptor: c_int, list: *const iovec, count: c_int) -> isize {
        transfer_all(Call::Read, descriptor, list, count, |list, count| {
            real!(READV(descriptor => c_int, list => *const iovec, count => c_int) -> isize)
        })
    }
    WRITEV: fn writev(descriptor: c_int, list: *const iovec, count: c_int) -> isize {
        transfer_all(Call::Write, descriptor, list, count, |list, count| {
            real!(WRITEV(descriptor => c_int, list => *const iovec, count => c_int) -> isize)
        })
    }
    PREAD64: fn pread64(descriptor: c_int, buffer: *mut c_void, length: usize, at: off_t) -> isize {
        transfer(Call::Read, descriptor, length, |length| {
            real!(PREAD64(descriptor => c_int, buffer => *mut c_void, length => usize, at => off_t) -> isize)
        })
    }
    PWRITE64: fn pwrite64(descriptor: c_int, buffer: *const c_void, length: usize, at: off_t) -> isize {
        transfer(Call::Write, descriptor, length, |length| {
            real!(PWRITE64(descriptor => c_int, buffer => *const c_void, length => usize, at => off_t) -> isize)
        })
    }
    RECV: fn recv(descriptor: c_int, buffer: *mut c_void, length: usize, flags: c_int) -> isize {
        transfer(Call::Read, descriptor, length, |length| {
            real!(RECV(descriptor => c_int, buffer => *mut c_void, length => usize, flags => c_int) -> isize)
        })
    }
    SEND: fn send(descriptor: c_int, buffer: *const c_void, length: usize, flags: c_int) -> isize {
        transfer(Call::Write, descriptor, length, |length| {
            real!(SEND(descriptor => c_int, buffer => *const c_void, length => usize, flags => c_int) -> isize)
        })
    }
    RECVFROM: fn recvfrom(
        descriptor: c_int, buffer: *mut c_void, length: usize, flags: c_int,
        from: *mut sockaddr, size: *mut socklen_t
    ) -> isize {
        transfer(Call::Read, descriptor, length, |length| {
            real!(RECVFROM(
                descriptor => c_int, buffer => *mut c_void, length => usize, flags => c_int,
                from => *mut sockaddr, size => *mut socklen_t
            ) -> isize)
        })
    }
    SENDTO: fn sendto(
        descriptor: c_int, buffer: *const c_void, length: usize, flags: c_int,
        to: *const sockaddr, size: socklen_t
    ) -> isize {
        transfer(Call::Write, descriptor, length, |length| {
            real!(SENDTO(
                descriptor => c_int, buffer => *const c_void, length => usize, flags => c_int,
                to => *const sockaddr, size => socklen_t
            ) -> isize)
        })
    }
    RECVMSG: fn recvmsg(descriptor: c_int, message: *mut msghdr, flags: c_int) -> isize {
        transfer(Call::Read, descriptor, usize::MAX, |_| {
            real!(RECVMSG(descriptor => c_int, message => *mut msghdr, flags => c_int) -> isize)
        })
    }
    SENDMSG: fn sendmsg(descriptor: c_int, message: *const msghdr, flags: c_int) -> isize {
        transfer(Call::Write, descriptor, usize::MAX, |_| {
            real!(SENDMSG(descriptor => c_int, message => *const msghdr, flags => c_int) -> isize)
        })
    }
    CLOSE: fn close(descriptor: c_int) -> c_int {
        let verb = before(Call::Close, Some(descriptor));
        let error = nix::errno::Errno::last_raw();
        let result = real!(CLOSE(descriptor => c_int) -> c_int);
        if verb == Verb::Fail {
            nix::errno::Errno::set_raw(error);
            return -1;
        }
        result
    }
    DUP: fn dup(descriptor: c_int) -> c_int {
        plain(Call::Dup, Some(descriptor), || real!(DUP(descriptor => c_int) -> c_int))
    }
    DUP2: fn dup2(old: c_int, new: c_int) -> c_int {
        plain(Call::Dup, Some(old), || real!(DUP2(old => c_int, new => c_int) -> c_int))
    }
    DUP3: fn dup3(old: c_int, new: c_int, flags: c_int) -> c_int {
        plain(Call::Dup, Some(old), || real!(DUP3(old => c_int, new => c_int, flags => c_int) -> c_int))
    }
    FCNTL: fn fcntl(descriptor: c_int, command: c_int, argument: usize) -> c_int {
        let real = || real!(FCNTL(descriptor => c_int, command => c_int, argument => usize) -> c_int);
        match command {
            libc::F_DUPFD | libc::F_DUPFD_CLOEXEC => plain(Call::Dup, Some(descriptor), real),
            _ => real(),
        }
    }
    FCNTL64: fn fcntl64(descriptor: c_int, command: c_int, argument: usize) -> c_int {
        let real = || real!(FCNTL64(descriptor => c_int, command => c_int, argument => usize) -> c_int);
        match command {
            libc::F_DUPFD | libc::F_DUPFD_CLOEXEC => plain(Call::Dup, Some(descriptor), real),
            _ => real(),
        }
    }
    POLL: fn poll(list: *mut pollfd, count: nfds_t, limit: c_int) -> c_int {
        ask(limit != 0, || real!(POLL(list => *mut pollfd, count => nfds_t, limit => c_int) -> c_int))
    }
    PPOLL: fn ppoll(
        list: *mut pollfd, count: nfds_t, limit: *const timespec, mask: *const sigset_t
    ) -> c_int {
        // SAFETY: the caller gives null or a time.
        let sleeps = unsafe { limit.as_ref() }.is_none_or(|time| time.tv_sec + time.tv_nsec != 0);
        ask(sleeps, || {
            real!(PPOLL(
                list => *mut pollfd, count => nfds_t, limit => *const timespec, mask => *const sigset_t
            ) -> c_int)
        })
    }
    SELECT: fn select(
        count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set, limit: *mut timeval
    ) -> c_int {
        // SAFETY: the caller gives null or a time.
        let sleeps = unsafe { limit.as_ref() }.is_none_or(|time| time.tv_sec + time.tv_usec != 0);
        ask(sleeps, || {
            real!(SELECT(
                count => c_int, read => *mut fd_set, write => *mut fd_set, except => *mut fd_set,
                limit => *mut timeval
            ) -> c_int)
        })
    }
    PSELECT: fn pselect(
        count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        limit: *const timespec, mask: *const sigset_t
    ) -> c_int {
        // SAFETY: the caller gives null or a time.
        let sleeps = unsafe { limit.as_ref() }.is_none_or(|time| time.tv_sec + time.tv_nsec != 0);
        ask(sleeps, || {
            real!(PSELECT(
                count => c_int, read => *mut fd_set, write => *mut fd_set, except => *mut fd_set,
                limit => *const timespec, mask => *const sigset_t
            ) -> c_int)
        })
    }
    EPOLL_WAIT: fn epoll_wait(epoll: c_int, list: *mut epoll_event, count: c_int, limit: c_int) -> c_int {
        ask(limit != 0, || {
            real!(EPOLL_WAIT(
                epoll => c_int, list => *mut epoll_event, count => c_int, limit => c_int
            ) -> c_int)
        })
    }
    NANOSLEEP: fn nanosleep(time: *const timespec, left: *mut timespec) -> c_int {
        plain(Call::Sleep, None, || {
            real!(NANOSLEEP(time => *const timespec, left => *mut timespec) -> c_int)
        })
    }
    RENAME: fn rename(old: *const c_char, new: *const c_char) -> c_int {
        plain(Call::Rename, None, || {
            real!(RENAME(old => *const c_char, new => *const c_char) -> c_int)
        })
    }
    UNLINK: fn unlink(path: *const c_char) -> c_int {
        plain(Call::Unlink, None, || real!(UNLINK(path => *const c_char) -> c_int))
    }
    FSYNC: fn fsync(descriptor: c_int) -> c_int {
        plain(Call::Sync, Some(descriptor), || real!(FSYNC(descriptor => c_int) -> c_int))
    }
    FDATASYNC: fn fdatasync(descriptor: c_int) -> c_int {
        plain(Call::Sync, Some(descriptor), || real!(FDATASYNC(descriptor => c_int) -> c_int))
    }
    FLOCK: fn flock(descriptor: c_int, operation: c_int) -> c_int {
        plain(Call::Lock, Some(descriptor), || {
            real!(FLOCK(descriptor => c_int, operation => c_int) -> c_int)
        })
    }
    CONNECT: fn connect(descriptor: c_int, address: *const sockaddr, size: socklen_t) -> c_int {
        plain(Call::Connect, None, || {
            real!(CONNECT(
                descriptor => c_int, address => *const sockaddr, size => socklen_t
            ) -> c_int)
        })
    }
    ACCEPT: fn accept(descriptor: c_int, address: *mut sockaddr, size: *mut socklen_t) -> c_int {
        plain(Call::Accept, None, || {
            real!(ACCEPT(
                descriptor => c_int, address => *mut sockaddr, size => *mut socklen_t
            ) -> c_int)
        })
    }
    ACCEPT4: fn accept4(
        descriptor: c_int, address: *mut sockaddr, size: *mut socklen_t, flags: c_int
    ) -> c_int {
        plain(Call::Accept, None, || {
            real!(ACCEPT4(
                descriptor => c_int, address => *mut sockaddr, size => *mut socklen_t, flags => c_int
            ) -> c_int)
        })
    }
    CLOCK_NANOSLEEP: fn clock_nanosleep(
        clock: c_int, flags: c_int, time: *const timespec, left: *mut timespec
    ) -> c_int {
        // Its errors are its result.
        match before(Call::Sleep, None) {
            Verb::Fail => nix::errno::Errno::last_raw(),
            _ => real!(CLOCK_NANOSLEEP(
                clock => c_int, flags => c_int, time => *const timespec, left => *mut timespec
            ) -> c_int),
        }
    }
    PTHREAD_CREATE: fn pthread_create(
        thread: *mut c_void, attributes: *const c_void, start: *const c_void, argument: *mut c_void
    ) -> c_int {
        if let Some(log) = log() {
            log.record(own_pid(), Kind::Thread {});
        }
        real!(PTHREAD_CREATE(
            thread => *mut c_void, attributes => *const c_void, start => *const c_void,
            argument => *mut c_void
        ) -> c_int)
    }
}
