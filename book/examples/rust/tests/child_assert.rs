//! HAZARD, on purpose: an assertion that fails in a child, while the test passes.
#![cfg(target_os = "linux")] // it counts threads in /proc

use std::fs::read_dir;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

#[test]
fn an_assertion_in_a_child_checks_nothing() {
    assert_eq!(read_dir("/proc/self/task").unwrap().count(), 2, "threads of this process");
    // SAFETY: not sound in general, for the harness has a thread of its own: the hazard that is
    // shown. That thread waits for this one, and the child takes no lock of it.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => assert_eq!(1 + 1, 3),
        ForkResult::Parent { child } => {
            waitpid(child, None).unwrap(); // the status is ignored
        }
    }
}
