//! Kind 4: threads, and forks that are refused when a worker is to be replaced.

use std::sync::mpsc::channel;
use std::thread;

use pool::{Cause, Event, Pool};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("a_scope_s_threads_are_over", after_a_scope),
    ("joined_threads_are_over", after_joins),
    ("a_recycled_worker_goes_on_beside_a_thread", recycled_beside_a_thread),
    ("a_recycled_worker_goes_on_without_descriptors", recycled_without_descriptors),
    ("a_dead_worker_is_replaced_when_the_thread_is_over", replaced_later),
    #[cfg(target_os = "linux")]
    ("a_thread_is_seen_where_proc_is_hidden", proc_is_hidden),
];

fn after_a_scope() {
    for _ in 0..200 {
        thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(|| ()))));
        drop(Pool::new(1, |x: u64| x).unwrap());
    }
}

fn after_joins() {
    for _ in 0..200 {
        let threads: Vec<_> = (0..3).map(|_| thread::spawn(|| ())).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        drop(Pool::new(1, |x: u64| x).unwrap());
    }
}

/// Runs `during` beside a thread that waits.
fn beside_a_thread(during: impl FnOnce()) {
    let (sender, receiver) = channel::<()>();
    let thread = thread::spawn(move || receiver.recv());
    during();
    drop(sender);
    let _ = thread.join();
}

fn recycled_beside_a_thread() {
    let pool = Pool::builder().workers(2).recycle_after(10).build(|x: u64| x).unwrap();
    beside_a_thread(|| {
        assert_eq!(pool.map(0..1000).unwrap(), (0..1000).collect::<Vec<u64>>());
    });
    // And as soon as there is one thread only, workers are replaced again.
    let before = pool.workers();
    pool.map(0..100).unwrap();
    assert!(pool.workers() != before);
}

fn recycled_without_descriptors() {
    let pool = Pool::builder().workers(2).recycle_after(10).build(|x: u64| x).unwrap();
    let mut files = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        files.push(file);
        if files.len() == 10_000 {
            nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, 64, 64)
                .unwrap();
        }
    }
    assert_eq!(pool.map(0..200).unwrap(), (0..200).collect::<Vec<u64>>());
    drop(files);
}

/// The pool goes on with the worker that is left, says so, and has two again when it can.
fn replaced_later() {
    let events = std::cell::RefCell::new(Vec::new());
    let pool = Pool::builder().workers(2).on_event(|event| events.borrow_mut().push(event.clone()));
    let pool = pool.build(|x: u64| if x == 0 { std::process::exit(3) } else { x }).unwrap();
    beside_a_thread(|| {
        let results = pool.map_all(0..100);
        assert!(results[0].is_err() && results[1..].iter().all(Result::is_ok));
        // The death may have been seen with the last result. The next call misses the worker at once.
        pool.map(1..100).unwrap();
        assert_eq!(pool.workers().len(), 1);
    });
    assert!(events.borrow().iter().any(|event| matches!(event, Event::NotReplaced { .. })));
    pool.map(1..100).unwrap();
    assert_eq!(pool.workers().len(), 2);
}

/// In a mount namespace where something else lies over /proc. Where none can be had, nothing is shown.
#[cfg(target_os = "linux")]
fn proc_is_hidden() {
    use nix::libc;
    use nix::sched::{CloneFlags, unshare};

    let mine = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS;
    if unshare(CloneFlags::CLONE_NEWNS).is_err() && unshare(mine).is_err() {
        return;
    }
    let mount = |what: &std::ffi::CStr, kind: &std::ffi::CStr, flags| {
        let none = std::ptr::null();
        // SAFETY: the strings end with a zero, and both kinds of mount take no data.
        unsafe { libc::mount(none, what.as_ptr(), kind.as_ptr(), flags, none.cast()) }
    };
    mount(c"/", c"none", libc::MS_REC | libc::MS_PRIVATE);
    if mount(c"/proc", c"tmpfs", 0) != 0 {
        return;
    }
    assert!(std::fs::read_dir("/proc/self/task").is_err());
    beside_a_thread(|| {
        let error = Pool::new(1, |x: u64| x).map(drop).unwrap_err();
        let refused = matches!(error.cause(), Cause::Threads { .. } | Cause::System { .. });
        assert!(refused, "{error}");
    });
    // With one thread it is made, if the kernel may be asked.
    match Pool::new(1, |x: u64| x) {
        Ok(pool) => assert_eq!(pool.apply(1).unwrap(), 1),
        Err(error) => assert!(matches!(error.cause(), Cause::System { .. }), "{error}"),
    }
}
