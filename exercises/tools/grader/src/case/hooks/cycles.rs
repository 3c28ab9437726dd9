//! The processor's counter of cycles, which a program reads without any function. Linux can refuse
//! that by SIGSEGV, so a handler answers in the counter's place: it always tells the same number.

#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::{Frozen, freeze};

/// Until it is dropped, the counter stands still.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Debug)]
pub(super) struct Frozen(());

/// Only where it is known how.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn freeze() -> Option<Frozen> {
    None
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::ffi::{c_int, c_void};
    use std::sync::OnceLock;

    use libc::{REG_RAX, REG_RCX, REG_RDX, REG_RIP, siginfo_t, ucontext_t};
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

    /// Until it is dropped, the counter stands still, in this process and in those that it forks.
    #[derive(Debug)]
    pub(in super::super) struct Frozen(());

    /// What the process did at SIGSEGV before.
    static BEFORE: OnceLock<SigAction> = OnceLock::new();

    /// `None` if the system does not allow it.
    pub(in super::super) fn freeze() -> Option<Frozen> {
        let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK;
        let answers = SigAction::new(SigHandler::SigAction(answer), flags, SigSet::empty());
        // SAFETY: the handler only changes the registers of what it interrupts.
        let before = unsafe { sigaction(Signal::SIGSEGV, &answers) }.ok()?;
        let _ = BEFORE.set(before);
        if !refuse(true) {
            restore();
            return None;
        }
        Some(Frozen(()))
    }

    fn refuse(refuse: bool) -> bool {
        let how = if refuse { libc::PR_TSC_SIGSEGV } else { libc::PR_TSC_ENABLE };
        // SAFETY: takes a number.
        unsafe { libc::prctl(libc::PR_SET_TSC, how) == 0 }
    }

    fn restore() {
        if let Some(before) = BEFORE.get() {
            // SAFETY: puts back what was there.
            let _ = unsafe { sigaction(Signal::SIGSEGV, before) };
        }
    }

    impl Drop for Frozen {
        fn drop(&mut self) {
            refuse(false);
            restore();
        }
    }

    const RDTSC: [u8; 2] = [0x0f, 0x31];
    const RDTSCP: [u8; 3] = [0x0f, 0x01, 0xf9];

    /// If the instruction reads the counter, it has been made, and has read a 1. If not, the signal
    /// comes again, and meets what was there before.
    extern "C" fn answer(_signal: c_int, _info: *mut siginfo_t, context: *mut c_void) {
        // SAFETY: the kernel gives a handler with SA_SIGINFO its context.
        let registers = unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs };
        let place = registers[REG_RIP as usize] as *const u8;
        let begins_with = |bytes: &[u8]| {
            // SAFETY: the processor has just read the instruction there, byte by byte.
            bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| unsafe { place.wrapping_add(at).read() } == *byte)
        };
        let readers: [&[u8]; 2] = [&RDTSC, &RDTSCP];
        let reader = readers.into_iter().find(|bytes| !place.is_null() && begins_with(bytes));
        let Some(length) = reader.map(<[u8]>::len) else {
            restore();
            return;
        };
        registers[REG_RIP as usize] += length as i64;
        registers[REG_RAX as usize] = 1;
        registers[REG_RDX as usize] = 0;
        if length == RDTSCP.len() {
            registers[REG_RCX as usize] = 0;
        }
    }
}
