//! Memory of a known size, in pages of a known size.

use std::num::NonZeroUsize;
use std::ptr::NonNull;

use lesson_cli::Failure;
use nix::libc::c_void;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// The page size of most readers' machines. Where pages are larger, some writes go to the same
/// page.
const PAGE: usize = 4096;

/// The kind of pages that the kernel is asked to use.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pages {
    Small,
    #[cfg(target_os = "linux")]
    Huge,
}

impl Pages {
    #[cfg(target_os = "linux")]
    pub(crate) const ALL: [Pages; 2] = [Pages::Small, Pages::Huge];
    #[cfg(not(target_os = "linux"))]
    pub(crate) const ALL: [Pages; 1] = [Pages::Small];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Pages::Small => "small pages",
            #[cfg(target_os = "linux")]
            Pages::Huge => "huge pages where the kernel provides them",
        }
    }
}

/// A private mapping that belongs to this process and is unmapped when it is dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    start: NonNull<c_void>,
    length: NonZeroUsize,
}

impl Memory {
    pub(crate) fn new(mib: usize, pages: Pages) -> Result<Self, Failure> {
        let length = NonZeroUsize::new(mib << 20).expect("BUG: the usage allows no 0");
        let flags = MapFlags::MAP_PRIVATE;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: without MAP_FIXED the kernel chooses an address where nothing is mapped yet.
        let start = unsafe { mmap_anonymous(None, length, access, flags) };
        let start = start.map_err(|errno| Failure::system("mmap", errno))?;
        let memory = Memory { start, length };
        memory.advise(pages)?;
        Ok(memory)
    }

    #[cfg(target_os = "linux")]
    fn advise(&self, pages: Pages) -> Result<(), Failure> {
        use nix::errno::Errno;
        use nix::sys::mman::{MmapAdvise, madvise};

        let advice = match pages {
            Pages::Small => MmapAdvise::MADV_NOHUGEPAGE,
            Pages::Huge => MmapAdvise::MADV_HUGEPAGE,
        };
        // SAFETY: the range is this value's own mapping, and the advice changes no byte of it.
        match unsafe { madvise(self.start, self.length.get(), advice) } {
            Ok(()) | Err(Errno::EINVAL) => Ok(()), // a kernel without huge pages has small ones
            Err(errno) => Err(Failure::system("madvise", errno)),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn advise(&self, _: Pages) -> Result<(), Failure> {
        Ok(())
    }

    /// Writes one byte to each page.
    pub(crate) fn write_to_each_page(&mut self, byte: u8) {
        let start = self.start.cast().as_ptr();
        // SAFETY: the mapping has this length, may be written, holds zeros or what was written
        // here, and `&mut self` makes sure that nothing else refers to it.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start, self.length.get()) };
        for page in bytes.chunks_mut(PAGE) {
            page[0] = byte;
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the range is this value's own mapping, and no reference into it is left.
        let _ = unsafe { munmap(self.start, self.length.get()) };
    }
}
