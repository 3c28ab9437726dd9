//! A system that refuses to fork: what was to be run by a new worker has an error, and nothing
//! hangs.
//!
//! Linux only: what counts against the limit differs between systems.

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Uid, getuid, setuid};
use pool::{Cause, Exit, Pool};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("no_fork_for_a_new_pool", new_pool),
    ("no_fork_for_the_last_worker_s_successor", last_worker),
    ("no_fork_for_one_of_two_workers", one_of_two),
    ("no_fork_for_a_recycled_worker", recycled),
];

/// The user "nobody", as most systems number it.
const NOBODY: Uid = Uid::from_raw(65534);

/// From now on this process's user may not have more processes than this one: `fork` gives
/// `EAGAIN` (`man 2 setrlimit`, `RLIMIT_NPROC`). Gives the limit that was in force.
fn forbid_forks() -> u64 {
    // The limit does not hold for root; but it does for a container's own root, which may not be
    // able to become anybody else.
    if getuid().is_root() {
        let _ = setuid(NOBODY);
    }
    let (before, most) = getrlimit(Resource::RLIMIT_NPROC).unwrap();
    setrlimit(Resource::RLIMIT_NPROC, 1, most).unwrap();
    before
}

fn allow_forks(limit: u64) {
    let (_, most) = getrlimit(Resource::RLIMIT_NPROC).unwrap();
    setrlimit(Resource::RLIMIT_NPROC, limit, most).unwrap();
}

/// A worker that exits at item 0.
fn dies_at_0(x: u64) -> u64 {
    if x == 0 { std::process::exit(3) } else { x }
}

fn is_without_worker(cause: &Cause) -> bool {
    matches!(cause, Cause::NoWorker { reason } if reason.contains("fork"))
}

fn new_pool() {
    let limit = forbid_forks();
    let error = Pool::new(2, |x: u64| x).map(|_| ()).unwrap_err();
    assert_eq!(*error.cause(), Cause::System { what: "fork", reason: Errno::EAGAIN });
    allow_forks(limit);
    assert_eq!(Pool::new(2, |x: u64| x).unwrap().map([1, 2]).unwrap(), [1, 2]);
}

/// The other items fail, each by itself; and as soon as a fork is allowed, the pool goes on.
fn last_worker() {
    let pool = Pool::new(1, dies_at_0).unwrap();
    let limit = forbid_forks();
    let results = pool.map_all(0..100);
    let causes: Vec<&Cause> = results.iter().map(|r| r.as_ref().unwrap_err().cause()).collect();
    assert!(matches!(causes[0], Cause::Died { exit: Exit::Code(3), .. }), "{:?}", causes[0]);
    assert!(causes[1..].iter().all(|cause| is_without_worker(cause)), "{causes:?}");
    assert!(is_without_worker(pool.apply(1).unwrap_err().cause()));
    assert!(pool.imap(1..4).all(|result| is_without_worker(result.unwrap_err().cause())));
    allow_forks(limit);
    assert_eq!(pool.map(1..4).unwrap(), [1, 2, 3]);
}

/// The one that is left does all the rest.
fn one_of_two() {
    let pool = Pool::new(2, dies_at_0).unwrap();
    forbid_forks();
    let results = pool.map_all(0..1000);
    assert!(matches!(results[0].as_ref().unwrap_err().cause(), Cause::Died { .. }));
    assert!((1..1000).all(|x| *results[x].as_ref().unwrap() == x as u64));
}

/// A worker that cannot be replaced goes on.
fn recycled() {
    let pool = Pool::builder().workers(1).recycle_after(5).chunk_size(1).build(|x: u64| x).unwrap();
    forbid_forks();
    assert_eq!(pool.map(0..20).unwrap(), (0..20).collect::<Vec<u64>>());
}
