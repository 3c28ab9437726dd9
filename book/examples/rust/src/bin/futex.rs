//! A process sleeps until a word in shared memory changes: a futex. Linux only.

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this system has no futex; use a pipe");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::num::NonZeroUsize;
    use std::process::exit;
    use std::ptr::null;
    use std::sync::atomic::{AtomicU32, Ordering};

    use nix::errno::Errno;
    use nix::libc::{self, timespec};
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, fork};

    pub(super) fn main() -> io::Result<()> {
        let word = shared_word()?;
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => {
                word.store(7, Ordering::Release);
                exit(if wake_all(word).is_ok() { 0 } else { 1 })
            }
            ForkResult::Parent { child } => {
                // The word may have changed before the call: then the kernel does not let it sleep.
                while word.load(Ordering::Acquire) == 0 {
                    wait_while(word, 0)?;
                }
                println!("the word is {}", word.load(Ordering::Acquire));
                waitpid(child, None)?;
            }
        }
        Ok(())
    }

    /// Sleeps if the word is still `value`: the kernel compares and falls asleep in one step.
    fn wait_while(word: &AtomicU32, value: u32) -> io::Result<()> {
        let forever = null::<timespec>();
        let (at, wait) = (word.as_ptr(), libc::FUTEX_WAIT);
        // SAFETY: `at` points to a word that lives as long as `word`, and no time limit is given.
        let slept = unsafe { libc::syscall(libc::SYS_futex, at, wait, value, forever) };
        match Errno::result(slept) {
            Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => Ok(()), // woken, changed, or interrupted
            Err(errno) => Err(errno.into()),
        }
    }

    /// Wakes every process that sleeps on this word.
    fn wake_all(word: &AtomicU32) -> io::Result<()> {
        let (at, wake) = (word.as_ptr(), libc::FUTEX_WAKE);
        // SAFETY: `at` points to a word that lives as long as `word`.
        let woken = unsafe { libc::syscall(libc::SYS_futex, at, wake, i32::MAX) };
        Errno::result(woken).map(drop).map_err(io::Error::from)
    }

    /// A word that a fork does not copy.
    fn shared_word() -> io::Result<&'static AtomicU32> {
        let length = NonZeroUsize::MIN.saturating_add(4095);
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
        // SAFETY: the page is zero, aligned, never unmapped, and only atomics touch it.
        Ok(unsafe { memory.cast().as_ref() })
    }
}
