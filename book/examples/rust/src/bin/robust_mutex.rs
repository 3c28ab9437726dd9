//! A mutex of the C library in shared memory, whose owner is killed. An ordinary mutex stays locked
//! for ever, which is the HAZARD. With a robust one, the next process to lock it is told that the
//! owner has died. Linux only.

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this system has no robust mutexes");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, Read, Write};
    use std::mem::MaybeUninit;
    use std::num::NonZeroUsize;
    use std::process::exit;
    use std::ptr::NonNull;

    use nix::errno::Errno;
    use nix::libc::{self, c_int, pthread_mutex_t, pthread_mutexattr_t};
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
    use nix::sys::signal::{Signal, kill};
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, fork};

    const LENGTH: NonZeroUsize = NonZeroUsize::new(size_of::<pthread_mutex_t>()).expect("not 0");

    type Mutex = NonNull<pthread_mutex_t>;

    pub(super) fn main() -> io::Result<()> {
        for (name, robustness) in
            [("ordinary", libc::PTHREAD_MUTEX_STALLED), ("robust", libc::PTHREAD_MUTEX_ROBUST)]
        {
            let mutex = shared_mutex(robustness)?;
            lock_and_die(mutex)?;
            // SAFETY: the mutex was initialised above, and its memory is never unmapped.
            let locked = Errno::from_raw(unsafe { libc::pthread_mutex_trylock(mutex.as_ptr()) });
            println!("{name}: trylock: {locked:?}");
            if locked == Errno::EOWNERDEAD {
                // SAFETY: this process holds the mutex, and EOWNERDEAD allows this call.
                let mended = unsafe { libc::pthread_mutex_consistent(mutex.as_ptr()) };
                println!(
                    "{name}: I hold it, have checked the data, and mark it as consistent: {mended}"
                );
            }
        }
        Ok(())
    }

    /// A mutex that processes may share, in memory that a fork does not copy.
    fn shared_mutex(robustness: c_int) -> io::Result<Mutex> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let memory = unsafe { mmap_anonymous(None, LENGTH, access, MapFlags::MAP_SHARED) }?;
        let mutex: Mutex = memory.cast();
        let mut attributes = MaybeUninit::<pthread_mutexattr_t>::uninit();
        let attributes = attributes.as_mut_ptr();
        // SAFETY: `attributes` is a valid place, which this call initialises.
        ok(unsafe { libc::pthread_mutexattr_init(attributes) })?;
        // SAFETY: the attributes were initialised above.
        ok(unsafe {
            libc::pthread_mutexattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED)
        })?;
        // SAFETY: the attributes were initialised above.
        ok(unsafe { libc::pthread_mutexattr_setrobust(attributes, robustness) })?;
        // SAFETY: the mapping has room for a mutex, is aligned, and no process uses it yet.
        ok(unsafe { libc::pthread_mutex_init(mutex.as_ptr(), attributes) })?;
        Ok(mutex)
    }

    /// Forks a child that locks the mutex, and kills it while it holds the lock.
    fn lock_and_die(mutex: Mutex) -> io::Result<()> {
        let (mut locked, mut told) = io::pipe()?;
        let (mut gate, opener) = io::pipe()?;
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => {
                drop((locked, opener));
                // SAFETY: the mutex was initialised before the fork.
                let lock = ok(unsafe { libc::pthread_mutex_lock(mutex.as_ptr()) });
                let told = lock.and_then(|()| told.write_all(b"!"));
                exit(if told.and_then(|()| gate.read(&mut [0])).is_ok() { 0 } else { 1 })
            }
            ForkResult::Parent { child } => {
                drop(told);
                locked.read_exact(&mut [0])?;
                kill(child, Signal::SIGKILL)?;
                waitpid(child, None)?;
                Ok(())
            }
        }
    }

    /// The functions of pthreads return the error and do not set errno.
    fn ok(result: c_int) -> io::Result<()> {
        if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
    }
}
