//! Kind 6: the function forks, the parent forks.

use std::process;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use pool::{Cause, Pool};

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("the_function_forks_and_both_return", function_forks),
    ("the_function_forks_and_the_child_panics", child_panics),
    ("the_initialiser_forks_and_both_return", initialiser_forks),
    ("the_parent_forks_and_both_use_the_pool", both_use),
    ("the_parent_forks_and_the_child_drops_the_pool", child_drops),
    ("the_parent_forks_in_the_middle_of_a_call", in_the_middle),
    ("the_parent_forks_with_a_handle", with_a_handle),
];

/// Runs `child` in a fork of this process, and waits for it. It must not fail.
fn in_a_child(child: impl FnOnce()) {
    // SAFETY: this process has one thread.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            let right = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).is_ok();
            // SAFETY: `_exit` may be called anywhere. A drop of the pool is not part of this.
            unsafe { nix::libc::_exit(i32::from(!right)) }
        }
        ForkResult::Parent { child } => {
            assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
        }
    }
}

/// The child is no worker: it ends, and answers nothing.
fn function_forks() {
    for chunk in [1, 10] {
        let tally = Tally::new();
        let begun = tally.clone();
        let pool = Pool::builder().workers(2).chunk_size(chunk).build(move |x: u64| {
            begun.add(x);
            if x % 5 == 3 {
                // SAFETY: a worker has one thread.
                let _ = unsafe { fork() };
            }
            x * x
        });
        let pool = pool.unwrap();
        assert_eq!(pool.map(0..40).unwrap(), (0..40).map(|x| x * x).collect::<Vec<u64>>());
        drop(pool);
        assert_eq!(tally.sorted(), (0..40).collect::<Vec<u64>>(), "something has run twice");
    }
}

fn child_panics() {
    let pool = Pool::new(2, |x: u64| {
        // SAFETY: a worker has one thread.
        if x == 3 && unsafe { fork() }.unwrap().is_child() {
            panic!("in the child");
        }
        x
    });
    assert_eq!(pool.unwrap().map(0..20).unwrap(), (0..20).collect::<Vec<u64>>());
}

fn initialiser_forks() {
    let builder = Pool::builder().workers(2).initialiser(|| {
        // SAFETY: a worker has one thread.
        unsafe { fork() }.map(drop)
    });
    let pool = builder.build(|x: u64| x).unwrap();
    assert_eq!(pool.map(0..100).unwrap(), (0..100).collect::<Vec<u64>>());
}

fn both_use() {
    let pool = Pool::new(2, |x: u64| x * 2).unwrap();
    pool.map(0..4).unwrap();
    in_a_child(|| {
        let results = pool.map_all(0..1000);
        assert_eq!(results.len(), 1000);
        for (index, result) in results.into_iter().enumerate() {
            let error = result.unwrap_err();
            assert!(matches!(error.cause(), Cause::WrongProcess { .. }), "{error}");
            assert_eq!(error.item(), Some(index));
        }
        assert!(pool.map(0..10).is_err() && pool.apply(1).is_err());
        assert!(pool.imap(0..).next().is_some_and(|result| result.is_err()));
        // One of its own is no harm.
        assert_eq!(Pool::new(2, |x: u64| x * 3).unwrap().map(0..3).unwrap(), [0, 3, 6]);
    });
    assert_eq!(pool.map(0..1000).unwrap(), (0..1000).map(|x| x * 2).collect::<Vec<u64>>());
}

fn child_drops() {
    let pool = Pool::new(2, |x: u64| x * 2).unwrap();
    let mut pool = Some(pool);
    let workers = pool.as_ref().unwrap().workers();
    // SAFETY: this process has one thread.
    if let ForkResult::Parent { child } = unsafe { fork() }.unwrap() {
        assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
    } else {
        drop(pool.take());
        // SAFETY: `_exit` may be called anywhere.
        unsafe { nix::libc::_exit(0) }
    }
    let pool = pool.unwrap();
    assert_eq!(pool.workers(), workers);
    assert_eq!(pool.map(0..100).unwrap(), (0..100).map(|x| x * 2).collect::<Vec<u64>>());
    assert_eq!(pool.workers(), workers, "the child has ended them");
}

fn in_the_middle() {
    let pool = Pool::new(2, |x: u64| x * 2).unwrap();
    let mut results = pool.imap(0..1000);
    assert_eq!(results.next().unwrap().unwrap(), 0);
    in_a_child(|| {
        // What had come before the fork is right; all others are errors of this process.
        for result in results.by_ref().take(2000) {
            assert!(
                result.is_ok() || matches!(result.unwrap_err().cause(), Cause::WrongProcess { .. })
            );
        }
    });
    let rest: Vec<u64> = results.map(Result::unwrap).collect();
    assert_eq!(rest, (1..1000).map(|x| x * 2).collect::<Vec<u64>>());
}

fn with_a_handle() {
    let pool = Pool::new(1, |x: u64| if x == 0 { process::id().into() } else { x }).unwrap();
    let handle = pool.map_async(0..500);
    let one = pool.apply_async(7);
    let parent = Pid::this();
    in_a_child(|| {
        assert_ne!(Pid::this(), parent);
        assert!(!one.wait(std::time::Duration::from_secs(5)) || one.ready());
    });
    assert_eq!(one.join().unwrap(), 7);
    assert_eq!(handle.join().unwrap().len(), 500);
}
