//! A call of wait4 or waitid, from its beginning to its end.

use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;
use timeline::WaitOver;

use super::filter;

/// How far a tracee is in a system call.
pub(super) enum Place {
    /// It enters call `number`.
    Entry(u64),
    /// It leaves with this result, negative for an error.
    Exit(i64),
    /// The filter stopped it.
    Filtered(Option<WaitCall>),
    Elsewhere,
}

/// The arguments of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WaitCall {
    /// The child, if it is one.
    pub(super) child: Option<u32>,
    /// WNOHANG: it does not sleep.
    pub(super) nohang: bool,
    /// WNOWAIT: the child stays a zombie.
    stays: bool,
    /// Where waitid writes what it learned; none for wait4, which returns the PID.
    info: Option<u64>,
}

/// The outcome of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This child is meant. If it has ended, it has been reaped.
    Child(u32),
    Over(WaitOver),
    /// The kernel will restart it, after a signal that may have had no effect.
    Restarts,
}

/// The kernel's own errors for a call that it restarts (`linux/errno.h`); no program sees them.
const RESTARTS: [i64; 4] = [-512, -513, -514, -516];

impl Place {
    /// The same on every processor, unlike its registers (`man 2 ptrace`,
    /// PTRACE_GET_SYSCALL_INFO).
    pub(super) fn of(pid: Pid) -> Self {
        let Ok(info) = ptrace::syscall_info(pid) else { return Place::Elsewhere };
        match info.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => {
                // SAFETY: `op` says that this member of the union was written.
                Place::Entry(unsafe { info.u.entry }.nr)
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => {
                // SAFETY: as above.
                Place::Exit(unsafe { info.u.exit }.sval)
            }
            libc::PTRACE_SYSCALL_INFO_SECCOMP => {
                // SAFETY: as above.
                let stop = unsafe { info.u.seccomp };
                let ours = stop.ret_data == filter::MARK;
                Place::Filtered(ours.then(|| WaitCall::new(stop.nr, stop.args)).flatten())
            }
            _ => Place::Elsewhere,
        }
    }
}

pub(super) fn is_wait(number: u64) -> bool {
    let number = i64::try_from(number).unwrap_or(-1);
    [libc::SYS_wait4, libc::SYS_waitid].contains(&number)
}

impl WaitCall {
    fn new(number: u64, args: [u64; 6]) -> Option<Self> {
        if !is_wait(number) {
            return None;
        }
        let waitid = number == libc::SYS_waitid as u64;
        // wait4(pid, status, options, usage); waitid(which, id, info, options, usage)
        let options = if waitid { args[3] } else { args[2] };
        let has = |option: libc::c_int| options & u64::from(option.unsigned_abs()) != 0;
        // The kernel takes the lower half of these registers.
        let id = if waitid { args[1] } else { args[0] } as u32;
        let one = if waitid { args[0] as u32 == libc::P_PID } else { id.cast_signed() > 0 };
        Some(WaitCall {
            child: one.then_some(id),
            nohang: has(libc::WNOHANG),
            stays: has(libc::WNOWAIT),
            info: waitid.then_some(args[2]),
        })
    }

    /// The outcome when `tracee` has left it with `result`.
    pub(super) fn outcome(&self, tracee: Pid, result: i64) -> Outcome {
        let child = match self.info {
            None => u32::try_from(result).ok(),
            Some(_) if result != 0 => None,
            Some(0) => self.child,
            Some(info) => told_pid(tracee, info),
        };
        match (result, child.filter(|child| *child != 0)) {
            (result, _) if RESTARTS.contains(&result) => Outcome::Restarts,
            (0.., Some(_)) if self.stays => Outcome::Over(WaitOver::Changed),
            (0.., Some(child)) => Outcome::Child(child),
            (0.., None) => Outcome::Over(WaitOver::NotYet),
            (error, _) if error == -i64::from(libc::ECHILD) => Outcome::Over(WaitOver::NoChild),
            (error, _) if error == -i64::from(libc::EINTR) => Outcome::Over(WaitOver::Interrupted),
            _ => Outcome::Over(WaitOver::Failed),
        }
    }
}

/// The PID in the siginfo_t at `info` in the tracee's memory: the kernel puts it behind three
/// numbers and a gap (`asm-generic/siginfo.h`).
fn told_pid(tracee: Pid, info: u64) -> Option<u32> {
    let address = usize::try_from(info).ok()?.checked_add(16)?;
    let word = ptrace::read(tracee, address as ptrace::AddressType).ok()?;
    Some(word as u32) // the lower half of the word
}
