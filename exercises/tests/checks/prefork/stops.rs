//! Signals that come while workers finish their clients.

use std::sync::atomic::Ordering::Relaxed;

use grader::plant::{Call, plant};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction};

use super::clients::{TOLD_TO_STOP, result_of, said, served};
use super::nothing;
use super::tools::{Counted, slow_work};

/// As if SIGHUP, and later SIGTERM, had been sent to the whole process group, while a worker serves.
pub(super) fn signals_for_the_workers_too() {
    served(1, |server| {
        for (signal, name) in [(Signal::SIGHUP, "SIGHUP"), (Signal::SIGTERM, "SIGTERM")] {
            let what = format!("a client whose worker got {name}, as the parent did,");
            let client = server.connect().map_err(said(&what))?;
            let _ = kill(client.pid, signal);
            server.tell(signal);
            slow_work(50);
            client.finish().map_err(said(&what))?;
        }
        Ok(())
    });
}

/// A client keeps a worker since before a reload, and still does at SIGTERM.
pub(super) fn an_old_worker_finishes_at_the_end() {
    served(1, |server| {
        let client = server.connect().map_err(said("the first client"))?;
        server.tell(Signal::SIGHUP);
        server.visit().map_err(said("a client of the worker after a reload"))?;
        server.tell(Signal::SIGTERM);
        slow_work(100);
        client.finish().map(drop).map_err(said("a client that was served at SIGHUP and at SIGTERM"))
    });
}

/// It comes before the first call of waitpid in the parent, and once more before a later one. If that is the last
/// call, the second one is left pending. A reload makes the parent wait. (If the server has ended before that,
/// SIGHUP is the caller's.)
pub(super) fn a_late_sigterm_is_for_your_function() {
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGHUP, &action) }.expect("a handler of the check");
    grader::baseline();
    let counted = Counted::new(Signal::SIGTERM);
    for number in 2..=5 {
        let rules = [1, number].map(|n| Call::Wait.nth(n).in_parent().receives(Signal::SIGTERM));
        let planted = rules.map(plant);
        let result = result_of(1, |server| {
            TOLD_TO_STOP.store(true, Relaxed); // by the rule
            let _ = server.connect();
            server.tell(Signal::SIGHUP);
            Ok(())
        });
        drop(planted);
        counted.assert_none(number);
        assert_eq!(result, Ok(()), "serve, until SIGTERM");
    }
}
