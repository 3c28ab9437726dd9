//! The shared memory is a file without a name, mapped by libc, and the results are read from the file
//! at the end. Dead workers are replaced when all have ended.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(u64),
    Lost,
}

pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    let name = std::env::temp_dir().join(format!("queue-{}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&name)?;
    std::fs::remove_file(&name)?;
    let length = 8 * (1 + 3 * items);
    file.set_len(length as u64)?;
    let (access, fd) = (libc::PROT_READ | libc::PROT_WRITE, file.as_raw_fd());
    let start =
        unsafe { libc::mmap(std::ptr::null_mut(), length, access, libc::MAP_SHARED, fd, 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let all: &[AtomicU64] = unsafe { std::slice::from_raw_parts(start.cast(), 1 + 3 * items) };
    let result = rounds(all, workers, &work);
    unsafe { libc::munmap(start, length) };
    result?;
    let number = |place: usize| {
        let mut bytes = [0; 8];
        file.read_exact_at(&mut bytes, 8 * place as u64).map(|()| u64::from_ne_bytes(bytes))
    };
    let outcome = |item: usize| match number(3 + 3 * item)? {
        0 => Ok(Outcome::Lost),
        _ => Ok(Outcome::Done(number(2 + 3 * item)?)),
    };
    (0..items).map(outcome).collect()
}

/// The first number is the counter. Then each item has three: begun, value, done.
fn rounds(all: &[AtomicU64], workers: usize, work: &dyn Fn(usize) -> u64) -> io::Result<()> {
    let (next, items) = (&all[0], &all[1..]);
    loop {
        let open = |item: &usize| {
            items[3 * item].load(SeqCst) < 2 && items[3 * item + 2].load(SeqCst) == 0
        };
        let list: Vec<usize> = (0..items.len() / 3).filter(open).collect();
        if list.is_empty() {
            return Ok(());
        }
        next.store(0, SeqCst);
        let mut children = Vec::new();
        let mut failure = None;
        for _ in 0..workers.min(list.len()) {
            match unsafe { libc::fork() } {
                -1 => {
                    failure = Some(io::Error::last_os_error());
                    break;
                }
                0 => {
                    let life = || {
                        while let Some(item) = list.get(next.fetch_add(1, SeqCst) as usize) {
                            items[3 * item].fetch_add(1, SeqCst);
                            items[3 * item + 1].store(work(*item), SeqCst);
                            items[3 * item + 2].store(1, SeqCst);
                        }
                    };
                    let status = i32::from(catch_unwind(AssertUnwindSafe(life)).is_err()) * 101;
                    unsafe { libc::_exit(status) }
                }
                child => children.push(child),
            }
        }
        for child in children {
            while unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) } == -1
                && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
            {}
        }
        if let Some(error) = failure {
            return Err(error);
        }
    }
}
