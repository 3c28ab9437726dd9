//! Two ways to keep a page from being forked: `MADV_DONTFORK` leaves it out of the child, and
//! `MADV_WIPEONFORK` gives the child zeros instead. Linux only.

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this system has neither MADV_DONTFORK nor MADV_WIPEONFORK");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::c_void;
    use std::io;
    use std::num::NonZeroUsize;
    use std::process::exit;
    use std::ptr::NonNull;

    use nix::errno::Errno;
    use nix::libc::{self, c_int};
    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, fork};

    const PAGE: NonZeroUsize = NonZeroUsize::new(4096).expect("not 0");

    pub(super) fn main() -> io::Result<()> {
        show("no advice", None)?;
        show("MADV_WIPEONFORK", Some(libc::MADV_WIPEONFORK))?;
        show("MADV_DONTFORK", Some(libc::MADV_DONTFORK))
    }

    /// The parent writes 42 into a page and forks a child, which exits with what it finds there.
    fn show(name: &str, advice: Option<c_int>) -> io::Result<()> {
        let page = new_page(advice)?;
        // SAFETY: the page is mapped, may be written, and no reference to it exists.
        unsafe { page.as_ptr().write_volatile(42) };
        // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
        match unsafe { fork() }? {
            ForkResult::Child => {
                // SAFETY: HAZARD with MADV_DONTFORK nothing is mapped there, and SIGSEGV ends this
                // process, which is what the program shows; no Rust value is behind the address.
                let found = unsafe { page.as_ptr().read_volatile() };
                exit(found.into())
            }
            ForkResult::Parent { child } => println!("{name}: {:?}", waitpid(child, None)?),
        }
        Ok(())
    }

    fn new_page(advice: Option<c_int>) -> io::Result<NonNull<u8>> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let page = unsafe { mmap_anonymous(None, PAGE, access, MapFlags::MAP_PRIVATE) }?;
        if let Some(advice) = advice {
            advise(page, advice)?;
        }
        Ok(page.cast())
    }

    fn advise(page: NonNull<c_void>, advice: c_int) -> io::Result<()> {
        // SAFETY: the range is a mapping of this program that no reference points into.
        let advised = unsafe { libc::madvise(page.as_ptr(), PAGE.get(), advice) };
        Errno::result(advised).map(drop).map_err(io::Error::from)
    }
}
