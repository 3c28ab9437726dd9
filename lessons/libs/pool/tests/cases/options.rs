//! The builder's options.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process;
use std::rc::Rc;

use pool::{Cause, Pool, Progress};

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("recycled_workers_get_so_many_items", recycled),
    ("recycling_with_chunks", recycled_chunks),
    ("the_initialiser_runs_once_in_each_worker", initialiser),
    ("progress_is_reported", progress),
    ("progress_of_an_input_without_length", progress_without_length),
    ("a_hook_that_uses_the_pool", reentrant_hook),
    ("a_pool_of_no_workers", no_workers),
    ("a_process_with_threads_is_refused", threads),
    ("a_process_with_threads_is_allowed", threads_allowed),
    ("text_is_printed_once", text_once),
];

fn counts(pids: Vec<u32>) -> BTreeMap<u32, usize> {
    pids.into_iter().fold(BTreeMap::new(), |mut counts, pid| {
        *counts.entry(pid).or_insert(0) += 1;
        counts
    })
}

fn recycled() {
    let pool = Pool::builder().workers(2).recycle_after(10);
    let pool = pool.build(|_: u64| process::id()).unwrap();
    let counts = counts(pool.map(0..100).unwrap());
    assert!(counts.len() >= 10, "{counts:?}");
    assert!(counts.values().all(|&count| count <= 10), "{counts:?}");
}

fn recycled_chunks() {
    let pool = Pool::builder().workers(2).recycle_after(10).chunk_size(4);
    let pool = pool.build(|_: u64| process::id()).unwrap();
    let counts = counts(pool.map(0..101).unwrap());
    assert!(counts.values().all(|&count| count <= 10), "{counts:?}");
    let pool = Pool::builder().workers(1).recycle_after(1);
    let pool = pool.build(|_: u64| process::id()).unwrap();
    assert_eq!(self::counts(pool.map(0..20).unwrap()).len(), 20);
}

fn initialiser() {
    let tally = Tally::new();
    let begun = tally.clone();
    let state = Rc::new(RefCell::new(0));
    let set = Rc::clone(&state);
    let pool = Pool::builder().workers(3).initialiser(move || {
        *set.borrow_mut() = process::id();
        begun.add(process::id().into());
        Ok::<(), String>(())
    });
    let pool = pool.build(move |_: u64| *state.borrow() == process::id()).unwrap();
    assert_eq!(tally.sorted().len(), 3);
    assert!(pool.map(0..300).unwrap().into_iter().all(|initialised| initialised));
    assert_eq!(tally.sorted().len(), 3);
}

fn progress() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let hook = Rc::clone(&seen);
    let pool = Pool::builder().workers(2).on_progress(move |p| hook.borrow_mut().push(p));
    let pool = pool.build(|x: u64| x).unwrap();
    pool.map(0..1000).unwrap();
    let seen = seen.borrow();
    assert!(seen.is_sorted_by_key(|progress| progress.done));
    assert_eq!(seen.last(), Some(&Progress { done: 1000, total: Some(1000) }));
}

fn progress_without_length() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let hook = Rc::clone(&seen);
    let pool = Pool::builder().workers(2).on_progress(move |p| hook.borrow_mut().push(p));
    let pool = pool.build(|x: u64| x).unwrap();
    let evens = pool.imap((0..1000).filter(|x| x % 2 == 0)).count();
    assert_eq!(evens, 500);
    assert_eq!(seen.borrow().last(), Some(&Progress { done: 500, total: None }));
}

fn reentrant_hook() {
    let pool = Rc::new(RefCell::new(None::<Rc<Pool<u64, u64>>>));
    let inner = Rc::clone(&pool);
    let hook = move |_| {
        let pool = inner.borrow().clone();
        assert_eq!(pool.unwrap().apply(1).unwrap(), 2);
    };
    let outer = Rc::new(Pool::builder().on_progress(hook).build(|x: u64| x + 1).unwrap());
    pool.replace(Some(Rc::clone(&outer)));
    assert_eq!(outer.map(0..3).unwrap(), [1, 2, 3]);
    // The hook holds the pool and the pool the hook: untie them, or nobody is waited for.
    pool.replace(None);
}

fn no_workers() {
    let error = Pool::new(0, |x: u64| x).map(|_| ()).unwrap_err();
    assert!(matches!(error.cause(), Cause::NoWorker { .. }), "{error}");
}

fn threads() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || receiver.recv());
    let refused = Pool::new(2, |x: u64| x).map(|_| ());
    drop(sender);
    let _ = thread.join();
    let error = refused.unwrap_err();
    assert_eq!(*error.cause(), Cause::Threads { count: 2 });
}

fn threads_allowed() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || receiver.recv());
    // SAFETY: the other thread waits for a message and holds no lock that squaring needs.
    let builder = unsafe { Pool::builder().workers(2).allow_threads() };
    let pool = builder.build(|x: u64| x * x).unwrap();
    assert_eq!(pool.map([3]).unwrap(), [9]);
    drop(sender);
    let _ = thread.join();
}

/// The harness fails a case that prints something: here the text goes to a file in its place.
fn text_once() {
    use std::io::{Read, Seek, Write};
    let mut file = tempfile::tempfile().unwrap();
    let real = nix::unistd::dup(std::io::stdout()).unwrap();
    nix::unistd::dup2_stdout(&file).unwrap();
    print!("parent without newline, ");
    {
        let pool = Pool::new(2, |x: u64| print!("item {x}, ")).unwrap();
        pool.map([7]).unwrap();
    }
    std::io::stdout().flush().unwrap();
    nix::unistd::dup2_stdout(&real).unwrap();
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "parent without newline, item 7, ");
}
