//! Which descriptors are open in this process.

/// One bit for each of the descriptors 3 to 63 that is open.
pub(crate) fn open_mask() -> u64 {
    (3..64).filter(|&descriptor| is_open(descriptor)).fold(0, |mask, bit| mask | 1 << bit)
}

fn is_open(descriptor: i32) -> bool {
    // SAFETY: reads the flags of a number that may or may not be a descriptor.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// The descriptors of a mask, in order.
pub(crate) fn listed(mask: u64) -> Vec<u32> {
    (0..64).filter(|bit| mask & (1 << bit) != 0).collect()
}
