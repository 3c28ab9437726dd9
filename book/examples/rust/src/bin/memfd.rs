//! A memory file: shared memory with a descriptor, for a program that is not a fork of this one.
//! Linux only.

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this system has no memfd_create; shm_open gives shared memory a name instead");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{self, Read, Seek};
    use std::num::NonZeroUsize;
    use std::process::Command;

    use nix::sys::memfd::{MFdFlags, memfd_create};
    use nix::sys::mman::{MapFlags, ProtFlags, mmap};

    const LENGTH: NonZeroUsize = NonZeroUsize::new(10).expect("not 0");

    pub(super) fn main() -> io::Result<()> {
        let mut file = File::from(memfd_create("letters", MFdFlags::MFD_CLOEXEC)?);
        file.set_len(LENGTH.get() as u64)?; // a new one is empty
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let memory = unsafe { mmap(None, LENGTH, access, MapFlags::MAP_SHARED, &file, 0) }?;

        // Another program gets the file as its standard output and writes into it.
        let echo = Command::new("echo").arg("from echo").stdout(file.try_clone()?).status()?;
        // SAFETY: the mapping has this length and is never unmapped; `echo` has ended, so no
        // process writes to it now.
        let bytes =
            unsafe { std::slice::from_raw_parts(memory.cast::<u8>().as_ptr(), LENGTH.get()) };
        println!("{echo}; in my memory: {:?}", String::from_utf8_lossy(bytes));

        file.rewind()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        println!("read as a file: {text:?}");
        Ok(())
    }
}
