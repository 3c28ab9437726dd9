//! The hooks of `wait`, `waitpid` and `waitid`: which process waits, for which child, and which
//! child was reaped.

use std::ffi::c_int;

use libc::{id_t, idtype_t, pid_t, siginfo_t};
use nix::errno::Errno;

use crate::case::planted::{Verb, before_wait};
use crate::case::real::{WAITID, log, own_pid, real_waitpid};
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;

// SAFETY: has the type and the meaning of the C library's `waitpid`.
#[unsafe(no_mangle)]
extern "C" fn waitpid(pid: pid_t, status: *mut c_int, options: c_int) -> pid_t {
    let Some(log) = log() else { return real_waitpid(pid, status, options) };
    if before_wait(options) == Verb::Fail {
        return -1;
    }
    let sleeps = options & libc::WNOHANG == 0;
    if sleeps {
        log.record(own_pid(), Kind::Wait { child: pid });
    }
    let mut raw = 0;
    let reaped = real_waitpid(pid, &mut raw, options);
    if sleeps && reaped < 0 {
        record_failed_wait(log);
    }
    if reaped == 0 {
        log.asked_in_vain(own_pid());
    }
    if reaped > 0 {
        record_reaped(log, reaped, raw);
        // SAFETY: the caller gives null or a place for the status.
        if let Some(status) = unsafe { status.as_mut() } {
            *status = raw;
        }
    }
    reaped
}

/// The error stays as it is.
fn record_failed_wait(log: &SharedLog) {
    let error = Errno::last_raw();
    log.record(own_pid(), Kind::WaitOver { error });
    Errno::set_raw(error);
}

/// A stopped child is not reaped, and a signal leaves no trace but this.
fn record_reaped(log: &SharedLog, pid: pid_t, raw: c_int) {
    if libc::WIFSIGNALED(raw) {
        log.killed();
    }
    if libc::WIFEXITED(raw) || libc::WIFSIGNALED(raw) {
        log.record(pid, Kind::Reaped { by: own_pid(), status: raw });
    } else {
        log.record(own_pid(), Kind::WaitOver { error: 0 });
    }
}

// SAFETY: has the type and the meaning of the C library's `wait`.
#[unsafe(no_mangle)]
extern "C" fn wait(status: *mut c_int) -> pid_t {
    waitpid(-1, status, 0)
}

// SAFETY: has the type and the meaning of the C library's `waitid`.
#[unsafe(no_mangle)]
extern "C" fn waitid(kind: idtype_t, id: id_t, info: *mut siginfo_t, options: c_int) -> c_int {
    let real: extern "C" fn(idtype_t, id_t, *mut siginfo_t, c_int) -> c_int = WAITID.function();
    let Some(log) = log() else { return real(kind, id, info, options) };
    if before_wait(options) == Verb::Fail {
        return -1;
    }
    let sleeps = options & libc::WNOHANG == 0;
    if sleeps {
        let pid = if kind == libc::P_PID { id as pid_t } else { -1 };
        log.record(own_pid(), Kind::Wait { child: pid });
    }
    let result = real(kind, id, info, options);
    match (sleeps, result) {
        (true, 0) if options & libc::WNOWAIT != 0 => {
            log.record(own_pid(), Kind::WaitOver { error: 0 });
        }
        (true, -1) => record_failed_wait(log),
        _ => {}
    }
    // SAFETY: the caller gives null or a place for the information.
    let info = unsafe { info.as_ref() };
    if let (0, Some(info), 0) = (result, info, options & libc::WNOWAIT) {
        // SAFETY: waitid has filled in the fields of SIGCHLD, or left them zero.
        let pid = unsafe { info.si_pid() };
        // SAFETY: the same.
        let value = unsafe { info.si_status() };
        if pid == 0 {
            log.asked_in_vain(own_pid());
        } else {
            record_reaped(log, pid, raw_status(info.si_code, value));
        }
    }
    result
}

/// The status that `waitpid` would have given, from what `waitid` gives.
fn raw_status(code: c_int, value: c_int) -> c_int {
    match code {
        libc::CLD_EXITED => value << 8,
        libc::CLD_DUMPED => value | 0x80,
        libc::CLD_STOPPED | libc::CLD_TRAPPED => value << 8 | 0x7f,
        libc::CLD_CONTINUED => 0xffff,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::raw_status;

    #[test]
    fn both_calls_tell_the_same() {
        assert_eq!(libc::WEXITSTATUS(raw_status(libc::CLD_EXITED, 3)), 3);
        let raw = raw_status(libc::CLD_KILLED, libc::SIGKILL);
        assert_eq!((libc::WTERMSIG(raw), libc::WCOREDUMP(raw)), (libc::SIGKILL, false));
        assert!(libc::WCOREDUMP(raw_status(libc::CLD_DUMPED, libc::SIGSEGV)));
        let raw = raw_status(libc::CLD_STOPPED, libc::SIGSTOP);
        assert!(libc::WIFSTOPPED(raw) && !libc::WIFSIGNALED(raw), "it lives: {raw:#x}");
        let raw = raw_status(libc::CLD_CONTINUED, libc::SIGCONT);
        assert!(!libc::WIFSIGNALED(raw) && !libc::WIFEXITED(raw), "it lives: {raw:#x}");
    }
}
