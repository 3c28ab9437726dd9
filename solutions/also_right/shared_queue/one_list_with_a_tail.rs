//! One list in one mapping: items that have to be begun again are put to its end, and dead workers are
//! replaced at once. A worker writes its PID beside the item that it has taken.

use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{exit, id};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(u64),
    Lost,
}

const DONE: u64 = u64::MAX;

struct Page<'a> {
    next: &'a AtomicU64,
    tail: &'a AtomicU64,
    list: &'a [AtomicU64],
    owner: &'a [AtomicU64],
    value: &'a [AtomicU64],
}

impl Page<'_> {
    fn take(&self) -> Option<usize> {
        let in_list = |next| (next < self.tail.load(SeqCst)).then_some(next + 1);
        let place = self.next.fetch_update(SeqCst, SeqCst, in_list).ok()?;
        Some(self.list[place as usize].load(SeqCst) as usize)
    }

    fn append(&self, item: usize) {
        let tail = self.tail.load(SeqCst);
        self.list[tail as usize].store(item as u64, SeqCst);
        self.tail.store(tail + 1, SeqCst);
    }

    fn has_work(&self) -> bool {
        self.next.load(SeqCst) < self.tail.load(SeqCst)
    }
}

pub fn run_queue(
    items: usize,
    workers: usize,
    work: impl Fn(usize) -> u64,
) -> io::Result<Vec<Outcome>> {
    let count = 2 + 4 * items;
    let length = NonZeroUsize::new(count * 8).unwrap();
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let start = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }?;
    let all: &[AtomicU64] = unsafe { std::slice::from_raw_parts(start.cast().as_ptr(), count) };
    let (heads, rest) = all.split_at(2);
    let (list, rest) = rest.split_at(2 * items);
    let (owner, value) = rest.split_at(items);
    let page = Page { next: &heads[0], tail: &heads[1], list, owner, value };
    (0..items).for_each(|item| page.append(item));
    let result = run(&page, workers, &work);
    let outcome = |item: usize| match owner[item].load(SeqCst) {
        DONE => Outcome::Done(value[item].load(SeqCst)),
        _ => Outcome::Lost,
    };
    let outcomes = (0..items).map(outcome).collect();
    unsafe { munmap(start, length.get()) }?;
    result.map(|()| outcomes)
}

fn run(page: &Page, workers: usize, work: &dyn Fn(usize) -> u64) -> io::Result<()> {
    let items = page.owner.len();
    let (mut running, mut again, mut failure) = (Vec::new(), vec![false; items], None);
    loop {
        let left = (page.tail.load(SeqCst) - page.next.load(SeqCst)) as usize;
        let wanted = workers.min(running.len() + left);
        while failure.is_none() && running.len() < wanted {
            match start(page, work) {
                Ok(child) => running.push(child),
                Err(errno) => failure = Some(errno),
            }
        }
        let Some(child) = running.pop() else {
            if let Some(errno) = failure {
                return Err(errno.into());
            }
            // All have been taken; one without an owner by a worker that died before it wrote its PID.
            let lost = |&item: &usize| page.owner[item].load(SeqCst) == 0 && !again[item];
            let lost: Vec<usize> = (0..items).filter(lost).collect();
            if lost.is_empty() {
                return Ok(());
            }
            for item in lost {
                again[item] = true;
                page.append(item);
            }
            continue;
        };
        while waitpid(child, None) == Err(Errno::EINTR) {}
        let pid = child.as_raw() as u64;
        for item in (0..items).filter(|&item| page.owner[item].load(SeqCst) == pid) {
            page.owner[item].store(0, SeqCst);
            if !std::mem::replace(&mut again[item], true) {
                page.append(item);
            }
        }
    }
}

fn start(page: &Page, work: &dyn Fn(usize) -> u64) -> nix::Result<Pid> {
    match unsafe { fork()? } {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let life = || {
                while let Some(item) = page.take() {
                    page.owner[item].store(u64::from(id()), SeqCst);
                    page.value[item].store(work(item), SeqCst);
                    page.owner[item].store(DONE, SeqCst);
                }
            };
            exit(if catch_unwind(AssertUnwindSafe(life)).is_ok() { 0 } else { 101 })
        }
    }
}
