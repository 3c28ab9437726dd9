//! The hook of the function `syscall`, by which a program makes a system call that the C library
//! has no function for, or that it wants to make without one. Faults that a check plants happen
//! here too, and a fork is a fork.
//!
//! `syscall` takes a variable number of arguments in C; see [`calls`](super::calls).

use std::ffi::{c_int, c_long};

use libc::pid_t;

use super::forks::forking;
use super::threads::waiting;
use crate::case::planted::{Verb, before, before_wait};
use crate::case::real::{SYSCALL, die_of, log};
use crate::shared::rule::Call;

pub(super) fn look_up_all() {
    SYSCALL.address();
}

// SAFETY: has the type and the meaning of the C library's `syscall`, on processors that pass the
// arguments that are there as if there were all.
#[unsafe(no_mangle)]
extern "C" fn syscall(
    number: c_long,
    first: c_long,
    second: c_long,
    third: c_long,
    fourth: c_long,
    fifth: c_long,
    sixth: c_long,
) -> c_long {
    let real = |third| {
        let real: extern "C" fn(c_long, c_long, c_long, c_long, c_long, c_long, c_long) -> c_long =
            SYSCALL.function();
        real(number, first, second, third, fourth, fifth, sixth)
    };
    if log().is_none() {
        return real(third);
    }
    if let Some(result) = super::identity::frozen_call(number, first, second) {
        return result;
    }
    if number == libc::SYS_futex && is_wait(second) {
        return waiting(|| real(third));
    }
    if forks(number, first) {
        return forking(|| real(third) as pid_t).into();
    }
    let Some((call, descriptor)) = group_of(number, first) else { return real(third) };
    let verb = match number {
        libc::SYS_wait4 => before_wait(third as c_int),
        libc::SYS_waitid => before_wait(fourth as c_int),
        _ => before(call, descriptor),
    };
    match verb {
        Verb::Fail => -1,
        Verb::Limit(most) if matches!(call, Call::Read | Call::Write) => {
            real(third.min(c_long::try_from(most).unwrap_or(c_long::MAX)))
        }
        Verb::Tear(most) => {
            real(third.min(c_long::try_from(most).unwrap_or(c_long::MAX)));
            die_of(nix::sys::signal::Signal::SIGKILL)
        }
        _ => real(third),
    }
}

/// Whether an operation of futex waits, by a number that std uses.
fn is_wait(operation: c_long) -> bool {
    let operation = operation as c_int & libc::FUTEX_CMD_MASK;
    matches!(operation, libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET)
}

/// Whether the call creates a process with memory of its own.
fn forks(number: c_long, first: c_long) -> bool {
    let flags = match number {
        libc::SYS_clone => first.cast_unsigned(),
        libc::SYS_clone3 => {
            let arguments = first as *const libc::clone_args;
            // SAFETY: the caller gives null or such a structure, whose first field are the flags.
            let Some(arguments) = (unsafe { arguments.as_ref() }) else { return false };
            arguments.flags
        }
        #[cfg(target_arch = "x86_64")]
        libc::SYS_fork => 0,
        _ => return false,
    };
    flags & libc::CLONE_VM as u64 == 0
}

/// The group of a call that transfers in its first three arguments, or transfers nothing.
fn group_of(number: c_long, first: c_long) -> Option<(Call, Option<c_int>)> {
    let descriptor = Some(first as c_int);
    Some(match number {
        libc::SYS_wait4 | libc::SYS_waitid => (Call::Wait, None),
        libc::SYS_pipe2 => (Call::Pipe, None),
        libc::SYS_socketpair => (Call::SocketPair, None),
        libc::SYS_openat => (Call::Open, None),
        libc::SYS_read => (Call::Read, descriptor),
        libc::SYS_write => (Call::Write, descriptor),
        libc::SYS_dup | libc::SYS_dup3 => (Call::Dup, descriptor),
        libc::SYS_ppoll => (Call::Poll, None),
        libc::SYS_kill => (Call::Kill, None),
        libc::SYS_exit_group => (Call::Exit, None),
        _ => return None,
    })
}
