//! The seccomp filter: stop for the recorder at wait4 and waitid, and at nothing else.
//!
//! Stopping at every system call would make each a hundred times slower. With a filter (`man 2
//! seccomp`, SECCOMP_RET_TRACE) all but these two run at full speed. Children inherit it.

use nix::errno::Errno;
use nix::libc;
use seccompiler::sock_filter;

/// Marks the stops that this filter causes; a program may have filters of its own.
pub(super) const MARK: u32 = 0x71e;

/// What the kernel calls this machine (`linux/audit.h`): the number in an ELF file, and two bits
/// that say 64 bits wide and little-endian.
#[cfg(target_arch = "x86_64")]
const MACHINE: u32 = libc::EM_X86_64 as u32 | 0xC000_0000;
#[cfg(target_arch = "aarch64")]
const MACHINE: u32 = libc::EM_AARCH64 as u32 | 0xC000_0000;

/// Installs the filter for this process and all its future descendants.
///
/// The crate's own compiler would kill a program that was built for another machine, such as a
/// 32-bit one, so the six steps are spelled out. In such a program, waits are not seen.
pub(super) fn install() -> Result<(), Errno> {
    let program = [
        load(4), // the machine; without it, the system call's number means nothing
        skip_unless(MACHINE, 3),
        load(0), // the number
        skip_if(libc::SYS_wait4, 2),
        skip_if(libc::SYS_waitid, 1),
        answer(libc::SECCOMP_RET_ALLOW),
        answer(libc::SECCOMP_RET_TRACE | MARK),
    ];
    seccompiler::apply_filter(&program).map_err(|_| Errno::last())
}

fn load(offset: u32) -> sock_filter {
    step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset)
}

/// Goes `steps` further if what was loaded is `value`.
fn skip_if(value: libc::c_long, steps: u8) -> sock_filter {
    let value = u32::try_from(value).unwrap_or(u32::MAX);
    step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, steps, 0, value)
}

/// Goes `steps` further if what was loaded is not `value`.
fn skip_unless(value: u32, steps: u8) -> sock_filter {
    step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, steps, value)
}

fn answer(value: u32) -> sock_filter {
    step(libc::BPF_RET | libc::BPF_K, 0, 0, value)
}

fn step(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    let code = u16::try_from(code).unwrap_or(u16::MAX);
    sock_filter { code, jt, jf, k }
}
