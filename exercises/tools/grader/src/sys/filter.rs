//! The program that the kernel runs at each system call of a case: seccomp(2).

use std::io;
use std::mem::offset_of;

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_RET_ALLOW,
    SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF, seccomp_data, sock_filter,
};
use nix::unistd::Pid;

/// Names the processor, and so what a call's number means: linux/audit.h.
const ARCHITECTURE: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xC000_003E)
} else if cfg!(target_arch = "aarch64") {
    Some(0xC000_00B7)
} else {
    None
};

/// x86-64 has a second set of calls, whose numbers begin here.
const X32: u32 = 0x4000_0000;

/// Which signals the supervisor is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signals<'a> {
    /// Those to these processes and to their groups, and those to every process: enough in a PID
    /// namespace, in which there are no others that could be harmed.
    To(&'a [Pid]),
    /// All.
    All,
}

/// Notifies of the creation of a process, and of `signals`. Refuses to trace a process and to
/// touch its memory or descriptors. Everything else is allowed.
pub(crate) fn program(signals: Signals) -> io::Result<Vec<sock_filter>> {
    let architecture = ARCHITECTURE.ok_or(io::ErrorKind::Unsupported)?;
    let refuse = |error: i32| ret(SECCOMP_RET_ERRNO | error.cast_unsigned());
    let mut program = vec![
        load(offset_of!(seccomp_data, arch)),
        jump(BPF_JEQ, architecture, 1, 0),
        refuse(libc::ENOSYS),
        load(offset_of!(seccomp_data, nr)),
        jump(BPF_JGE, X32, 0, 1),
        refuse(libc::ENOSYS),
    ];
    // A filter cannot look at what clone3's argument points to, but the supervisor can.
    program.extend(rule(libc::SYS_clone3, vec![ret(SECCOMP_RET_USER_NOTIF)]));
    for call in [libc::SYS_ptrace, libc::SYS_process_vm_writev, libc::SYS_pidfd_getfd] {
        program.extend(rule(call, vec![refuse(libc::EPERM)]));
    }
    program.extend(rule(libc::SYS_clone, clone()));
    // Where the signal stands among the arguments; the process is the first.
    for (call, signal) in [
        (libc::SYS_kill, 1),
        (libc::SYS_tkill, 1),
        (libc::SYS_tgkill, 2),
        (libc::SYS_rt_sigqueueinfo, 1),
        (libc::SYS_rt_tgsigqueueinfo, 2),
    ] {
        program.extend(rule(call, send(signals, signal)));
    }
    if let Signals::All = signals {
        program.extend(rule(libc::SYS_pidfd_send_signal, vec![ret(SECCOMP_RET_USER_NOTIF)]));
    }
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_fork, libc::SYS_vfork] {
        program.extend(rule(call, vec![ret(SECCOMP_RET_USER_NOTIF)]));
    }
    program.push(ret(SECCOMP_RET_ALLOW));
    Ok(program)
}

/// A new thread is no new process.
fn clone() -> Vec<sock_filter> {
    vec![
        load_argument(0),
        jump(BPF_JSET, libc::CLONE_THREAD.cast_unsigned(), 0, 1),
        ret(SECCOMP_RET_ALLOW),
        ret(SECCOMP_RET_USER_NOTIF),
    ]
}

/// A call that sends a signal. A negative number stands for a group, and -1 for every process.
/// Signal 0 only asks whether there is such a process.
fn send(signals: Signals, signal: usize) -> Vec<sock_filter> {
    let mut body = vec![load_argument(signal), jump(BPF_JEQ, 0, 0, 1), ret(SECCOMP_RET_ALLOW)];
    let Signals::To(protected) = signals else {
        body.push(ret(SECCOMP_RET_USER_NOTIF));
        return body;
    };
    body.push(load_argument(0));
    let single = protected.iter().flat_map(|pid| [pid.as_raw(), -pid.as_raw()]);
    for target in single.chain([-1]) {
        body.push(jump(BPF_JEQ, target.cast_unsigned(), 0, 1));
        body.push(ret(SECCOMP_RET_USER_NOTIF));
    }
    body.push(ret(SECCOMP_RET_ALLOW));
    body
}

/// If it is that call, `body`, which must end with a return; else what follows.
fn rule(call: i64, body: Vec<sock_filter>) -> Vec<sock_filter> {
    let mut rule = vec![jump(BPF_JEQ, call as u32, 0, body.len() as u8)];
    rule.extend(body);
    rule
}

fn load(offset: usize) -> sock_filter {
    statement(BPF_LD | BPF_W | BPF_ABS, offset as u32)
}

/// The lower half of a call's argument, which is all the kernel looks at in a PID or in flags.
fn load_argument(index: usize) -> sock_filter {
    let low = if cfg!(target_endian = "big") { 4 } else { 0 };
    load(offset_of!(seccomp_data, args) + index * size_of::<u64>() + low)
}

fn ret(action: u32) -> sock_filter {
    statement(BPF_RET | BPF_K, action)
}

fn statement(code: u32, value: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k: value }
}

/// Skips `holds` instructions if the condition holds, and `not` if it does not.
fn jump(condition: u32, value: u32, holds: u8, not: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | condition | BPF_K) as u16, jt: holds, jf: not, k: value }
}
