//! The state of the test process that a function must leave as it was: taken before the check and
//! again after it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::poll;
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, getpgrp, getsid};

use super::real;
use crate::shared::changes::Changes;
use crate::sys;

/// What can be told about the process: for each thing its name and its state.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    states: BTreeMap<String, State>,
    descriptors: BTreeMap<i32, String>,
    threads: usize,
    /// Those of the descriptors that were open before the check began. What the check itself has
    /// opened since then it may close.
    must_stay: BTreeSet<i32>,
}

/// The state of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    shown: String,
    /// What is compared as well, but says nothing to a reader, as the address of a handler.
    hidden: usize,
}

/// The snapshot that the end of the check is compared with.
static BASE: Mutex<Option<Snapshot>> = Mutex::new(None);

/// Takes the state of this process as it is now for what the function under test has to leave: to
/// be called by a check that has changed something itself, as by installing a signal handler,
/// after these preparations.
///
/// ```no_run
/// # fn install_a_handler_for_the_check() {}
/// # fn wait_for_a_child() {}
/// fn a_signal_comes_in_between() {
///     install_a_handler_for_the_check();
///     grader::baseline();
///     wait_for_a_child(); // the answer, which must leave the handler alone
/// }
/// ```
pub fn baseline() {
    take_baseline();
}

/// Blocks `signal`, as a caller may have done before it calls the answer: the answer must leave it
/// blocked, because a function that blocks signals restores the mask that it found.
///
/// # Panics
///
/// If the system refuses, which says nothing about the answer.
pub fn caller_blocks(signal: Signal) {
    let blocked = SigSet::from(signal).thread_block();
    assert!(blocked.is_ok(), "the check's own mask");
    CALLER_BLOCKS.store(signal as i32, Relaxed);
    take_baseline();
}

/// The signal that [`caller_blocks`] has blocked, or 0. That it is pending is the caller's doing.
static CALLER_BLOCKS: AtomicI32 = AtomicI32::new(0);

fn take_baseline() {
    if super::plan::in_a_search() {
        return; // whatever the answer left changed was looked for in the run before the search
    }
    let _own = OwnCalls::begin();
    let mut base = BASE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut snapshot = Snapshot::take();
    snapshot.must_stay = match &*base {
        Some(first) => first.must_stay.clone(),
        None => snapshot.descriptors.keys().copied().collect(),
    };
    *base = Some(snapshot);
}

/// While this value lives, the calls of this process are the grader's own, and are not counted.
struct OwnCalls;

impl OwnCalls {
    fn begin() -> OwnCalls {
        real::log().inspect(|log| log.takes_a_snapshot(true));
        OwnCalls
    }
}

impl Drop for OwnCalls {
    fn drop(&mut self) {
        real::log().inspect(|log| log.takes_a_snapshot(false));
    }
}

/// What a forked process may have for itself without harm to the work in it.
const MAY_DIFFER: [&str; 6] = [
    "the number of threads",
    "the process group",
    "the pending signals",
    "the number of shared memory mappings",
    "whether it adopts orphans",
    "the signal at the end of its parent",
];

/// What this process, which the function under test has forked, does not have as the calling process
/// had it at the [`baseline`], one thing a line: to be called by the work that a check gives to the
/// function. What the function has opened for itself does not count. Empty outside a check.
///
/// ```no_run
/// # fn run_in_child(_: impl FnOnce() -> u8) -> u8 { 3 }
/// run_in_child(|| u8::from(!grader::changes_in_child().is_empty()));
/// ```
pub fn changes_in_child() -> String {
    let base = BASE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(base) = &*base else { return String::new() };
    let changed = base.compare(&Snapshot::take()).changed;
    let counts = |line: &&str| !MAY_DIFFER.iter().any(|name| line.starts_with(name));
    changed.lines().filter(counts).flat_map(|line| [line, "\n"]).collect()
}

/// How long a thread that has done its work may take to be gone, even if it has a processor.
const GRACE: Duration = Duration::from_millis(300);

/// How long it may take if it waits for a processor.
const STARVED: Duration = Duration::from_secs(5);

/// A thread whose result has been taken, or whose scope is over, may still be on its way out.
fn wait_for_threads(before: usize) {
    let begin = Instant::now();
    loop {
        let (threads, runs) = sys::threads();
        let waited = begin.elapsed();
        if threads <= before || waited > STARVED || (waited > GRACE && !runs) {
            return;
        }
        let _ = poll(&mut [], 1u8); // a millisecond
    }
}

/// What has changed since the [`baseline`].
pub(super) fn changes() -> Changes {
    let _own = OwnCalls::begin();
    let base = BASE.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    wait_for_threads(base.threads);
    let mut changes = base.compare(&Snapshot::take());
    if panic_hook_is_another() {
        changes.changed.push_str("the panic hook: a different one (std::panic::set_hook)\n");
    }
    changes
}

impl Snapshot {
    fn take() -> Snapshot {
        let mut snapshot = Snapshot { descriptors: sys::open_descriptors(), ..Snapshot::default() };
        (snapshot.threads, _) = sys::threads();
        snapshot.add("the number of threads", snapshot.threads.to_string(), 0);
        snapshot.signals();
        snapshot.settings();
        snapshot.limits();
        for (name, value) in std::env::vars_os() {
            let name = format!("the environment variable {}", name.to_string_lossy());
            snapshot.add(name, format!("\"{}\"", value.to_string_lossy()), 0);
        }
        for (name, state) in sys::settings() {
            snapshot.add(name, state, 0);
        }
        snapshot
    }

    fn add(&mut self, name: impl Into<String>, shown: impl Into<String>, hidden: usize) {
        self.states.insert(name.into(), State { shown: shown.into(), hidden });
    }

    fn signals(&mut self) {
        for signal in Signal::iterator() {
            let (handler, flags) = disposition(signal);
            let (shown, hidden) = match handler {
                libc::SIG_DFL => ("its default action", 0),
                libc::SIG_IGN => ("ignored", 0),
                handler => ("a handler", handler ^ flags as usize),
            };
            self.add(format!("the action of {signal}"), shown, hidden);
        }
        let mut blocked = SigSet::empty();
        let _ = pthread_sigmask(SigmaskHow::SIG_BLOCK, None, Some(&mut blocked));
        self.add("the signal mask", names("blocks ", &blocked), 0);
        // SAFETY: zeroes are a valid set, and sigpending writes one.
        let mut pending: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is to a set that lives through the call.
        if unsafe { libc::sigpending(&raw mut pending) } == 0 {
            // SAFETY: the kernel has written it.
            let mut pending = unsafe { SigSet::from_sigset_t_unchecked(pending) };
            if let Ok(expected) = Signal::try_from(CALLER_BLOCKS.load(Relaxed)) {
                pending.remove(expected);
            }
            self.add("the pending signals", names("", &pending), 0);
        }
        for (which, name) in [
            (libc::ITIMER_REAL, "the timer of alarm and setitimer"),
            (libc::ITIMER_VIRTUAL, "the timer ITIMER_VIRTUAL"),
            (libc::ITIMER_PROF, "the timer ITIMER_PROF"),
        ] {
            self.add(name, if timer_is_set(which) { "set" } else { "off" }, 0);
        }
    }

    fn settings(&mut self) {
        let mask = umask(Mode::empty());
        umask(mask);
        self.add("the mask for new files (umask)", format!("{:03o}", mask.bits()), 0);
        let folder = std::env::current_dir()
            .map_or_else(|error| error.to_string(), |folder| folder.display().to_string());
        self.add("the working directory", folder, 0);
        self.add("the process group", getpgrp().to_string(), 0);
        let session = getsid(None).map_or(0, Pid::as_raw);
        self.add("the session", session.to_string(), 0);
        // SAFETY: takes numbers only.
        let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        self.add("the nice value", nice.to_string(), 0);
    }

    fn limits(&mut self) {
        for (resource, name) in [
            (Resource::RLIMIT_AS, "RLIMIT_AS"),
            (Resource::RLIMIT_CORE, "RLIMIT_CORE"),
            (Resource::RLIMIT_CPU, "RLIMIT_CPU"),
            (Resource::RLIMIT_DATA, "RLIMIT_DATA"),
            (Resource::RLIMIT_FSIZE, "RLIMIT_FSIZE"),
            (Resource::RLIMIT_NOFILE, "RLIMIT_NOFILE"),
            (Resource::RLIMIT_NPROC, "RLIMIT_NPROC"),
            (Resource::RLIMIT_STACK, "RLIMIT_STACK"),
        ] {
            let limit = |value| match value {
                libc::RLIM_INFINITY => "unlimited".to_owned(),
                value => value.to_string(),
            };
            if let Ok((soft, hard)) = getrlimit(resource) {
                let shown = format!("{} (at most {})", limit(soft), limit(hard));
                self.add(format!("the limit {name}"), shown, 0);
            }
        }
    }

    fn compare(&self, after: &Snapshot) -> Changes {
        let mut changes = Changes::default();
        let names = self.states.keys().chain(after.states.keys());
        let names: BTreeSet<&String> = names.collect();
        for name in names {
            let [before, now] = [self, after].map(|snapshot| snapshot.states.get(name));
            if before == now {
                continue;
            }
            let [before, now] =
                [before, now].map(|state| state.map_or("not set", |state| state.shown.as_str()));
            let now =
                if before == now { format!("a different one ({now})") } else { now.to_owned() };
            changes.changed.push_str(&format!("{name}: {now}; before: {before}\n"));
        }
        for (descriptor, file) in &after.descriptors {
            match self.descriptors.get(descriptor) {
                None => changes.opened.push_str(&format!("{descriptor} ({file})\n")),
                Some(before) if before == file => {}
                Some(before) => changes
                    .changed
                    .push_str(&format!("descriptor {descriptor}: {file}; before: {before}\n")),
            }
        }
        let closed = self.must_stay.iter().filter(|fd| !after.descriptors.contains_key(fd));
        for descriptor in closed {
            changes.changed.push_str(&format!("descriptor {descriptor}: closed\n"));
        }
        changes
    }
}

/// The handler of a signal, and its flags.
fn disposition(signal: Signal) -> (usize, i32) {
    // SAFETY: zeroes are a valid structure, and sigaction writes one.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: with null for the new one, the handler stays as it is.
    let result = unsafe { libc::sigaction(signal as i32, std::ptr::null(), &raw mut action) };
    if result == 0 { (action.sa_sigaction, action.sa_flags as i32) } else { (0, 0) }
}

fn names(verb: &str, set: &SigSet) -> String {
    let names: Vec<String> = set.iter().map(|signal| signal.to_string()).collect();
    if names.is_empty() { "none".into() } else { format!("{verb}{}", names.join(", ")) }
}

fn timer_is_set(which: libc::c_int) -> bool {
    // SAFETY: zeroes are a valid structure, and getitimer writes one.
    let mut timer: libc::itimerval = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a structure that lives through the call.
    let result = unsafe { libc::getitimer(which as _, &raw mut timer) };
    result == 0 && (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0)
}

/// What the probe panics with.
pub(super) struct Probe;

/// Whether the grader's own panic hook has seen the probe.
pub(super) static PROBED: AtomicBool = AtomicBool::new(false);

/// A panic hook cannot be compared, but called. One that calls the former hook is not noticed.
fn panic_hook_is_another() -> bool {
    let _ = panic::catch_unwind(|| panic::panic_any(Probe));
    !PROBED.load(Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_gone_and_different_is_named() {
        let mut before = Snapshot::default();
        before.add("a", "1", 0);
        before.add("b", "a handler", 1);
        before.descriptors.extend([(0, "x".to_owned()), (1, "y".to_owned())]);
        before.descriptors.insert(3, "the check's".to_owned());
        before.must_stay.extend([0, 1]);
        let mut after = Snapshot::default();
        after.add("b", "a handler", 2);
        after.add("c", "3", 0);
        after.descriptors.extend([(1, "z".to_owned()), (4, "pipe".to_owned())]);
        let Changes { opened, changed } = before.compare(&after);
        assert_eq!(opened, "4 (pipe)\n");
        assert_eq!(
            changed,
            "a: not set; before: 1\n\
             b: a different one (a handler); before: a handler\n\
             c: 3; before: not set\n\
             descriptor 1: z; before: y\n\
             descriptor 0: closed\n"
        );
    }
}
