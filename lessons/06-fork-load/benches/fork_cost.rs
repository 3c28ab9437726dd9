//! What a fork costs: fork, end of the child, wait, as the parent's memory grows.
//!
//! ```text
//! cargo bench -p lesson-fork-load
//! ```
//!
//! A fork copies no memory, but it copies the tables that say where the memory is, one entry for
//! each page (`man 2 fork`, NOTES). So it takes longer the more a parent has touched, unless the
//! memory is shared: Linux leaves out the tables that the child can fill in later by itself.
//!
//! On a machine with two cores and Linux 6.18, in pages of 4 KiB:
//!
//! ```text
//!            1 MiB   16 MiB   64 MiB   256 MiB   1024 MiB
//! private   0.2 ms   0.9 ms   2.9 ms     13 ms      49 ms
//! shared    0.2 ms   0.2 ms   0.2 ms    0.2 ms     0.2 ms
//! ```
//!
//! Needs 1 GiB of free memory, and takes about half a minute.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

const MIB: usize = 1024 * 1024;
const SIZES: [usize; 5] = [1, 16, 64, 256, 1024];

fn fork_cost(criterion: &mut Criterion) {
    for (kind, flags) in [("private", MapFlags::MAP_PRIVATE), ("shared", MapFlags::MAP_SHARED)] {
        let mut group = criterion.benchmark_group(format!("fork, exit, wait: {kind}"));
        for mib in SIZES {
            let memory = Memory::touched(mib * MIB, flags);
            group.bench_function(BenchmarkId::from_parameter(format!("{mib} MiB")), |bencher| {
                bencher.iter(fork_exit_wait);
            });
            drop(memory);
        }
    }
}

fn fork_exit_wait() {
    assert_one_thread();
    // SAFETY: this process has one thread, as was just asserted.
    match unsafe { fork() }.expect("fork") {
        // SAFETY: `_exit` ends this process at once; nothing of the benchmark runs twice.
        ForkResult::Child => unsafe { libc::_exit(0) },
        ForkResult::Parent { child } => {
            assert_eq!(waitpid(child, None), Ok(WaitStatus::Exited(child, 0)));
        }
    }
}

/// Criterion is built without its thread pool, and makes no thread of its own.
fn assert_one_thread() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        #[cfg(target_os = "linux")]
        assert_eq!(std::fs::read_dir("/proc/self/task").expect("/proc").count(), 1, "threads");
    });
}

/// Anonymous memory with every page touched, so that every page has its entry in the tables.
struct Memory {
    start: std::ptr::NonNull<libc::c_void>,
    size: usize,
}

impl Memory {
    fn touched(size: usize, flags: MapFlags) -> Self {
        let length = NonZeroUsize::new(size).expect("BUG: a size of the table above");
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
        let start = unsafe { mmap_anonymous(None, length, access, flags) }.expect("free memory");
        small_pages(start, size);
        // SAFETY: the mapping is `size` bytes long, writable, and no other code has its address.
        unsafe { start.write_bytes(black_box(1), size) };
        Memory { start, size }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping was made with this size, and nothing points into it any more.
        unsafe { munmap(self.start, self.size) }.expect("BUG: not the mapping that was made");
    }
}

/// Pages of 4 KiB as everywhere, also where the system would hand out huge ones: those have 512
/// times fewer entries, and make the fork cheap.
fn small_pages(start: std::ptr::NonNull<libc::c_void>, size: usize) {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::mman::{MmapAdvise, madvise};
        // SAFETY: the advice is about the pages of this mapping only, and changes no content.
        let advised = unsafe { madvise(start, size, MmapAdvise::MADV_NOHUGEPAGE) };
        // A kernel that knows no huge pages refuses the advice, and does not need it.
        let _ = advised;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, size);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = fork_cost
}
criterion_main!(benches);
