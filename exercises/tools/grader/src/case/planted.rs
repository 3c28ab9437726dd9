//! The rules that hold now, as the hooks see them.

use std::ffi::c_int;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering::*};

use nix::errno::Errno;
use nix::sys::stat::{SFlag, fstat};

use super::real;
use crate::shared::events::Kind;
use crate::shared::log::{RULES, SharedLog};
use crate::shared::rule::{Action, Call, On, Place, Rule};

/// The rule that was planted last; each leads to the one before.
static LAST: AtomicPtr<Active> = AtomicPtr::new(null_mut());

/// How many rules have been planted.
static PLANTED: AtomicU32 = AtomicU32::new(0);

/// A planted rule, and how many calls of this process it has counted. It is never freed: a signal
/// handler or a forked process may read it at any time.
#[derive(Debug)]
pub(crate) struct Active {
    rule: Rule,
    number: usize,
    before: *const Active,
    holds: AtomicBool,
    /// The process whose calls are counted. A forked one has a copy of its parent's numbers, and
    /// begins anew.
    counted_in: AtomicI32,
    count: AtomicU32,
    /// How many children the process that planted it had forked by then.
    forks_before: u32,
}

// SAFETY: `before` points to a value that is never freed, and is never changed.
unsafe impl Sync for Active {}

impl Active {
    /// # Panics
    ///
    /// If there are too many.
    pub(crate) fn plant(rule: Rule) -> &'static Active {
        let number = PLANTED.fetch_add(1, Relaxed) as usize;
        assert!(number < RULES, "a check plants {RULES} rules at most");
        let active = Box::leak(Box::new(Active {
            rule,
            number,
            before: LAST.load(Acquire),
            holds: AtomicBool::new(true),
            counted_in: AtomicI32::new(0),
            count: AtomicU32::new(0),
            forks_before: super::family::forked(),
        }));
        LAST.store(active, Release);
        active
    }

    pub(crate) fn remove(&self) {
        self.holds.store(false, Release);
    }

    pub(crate) fn times(&self) -> u32 {
        real::log().map_or(0, |log| log.times(self.number))
    }

    /// What the rule says about this call, which it counts.
    fn meets(
        &self,
        log: &SharedLog,
        call: Call,
        descriptor: Option<c_int>,
        sleeps: bool,
    ) -> Option<Action> {
        let Active { rule, .. } = self;
        if !self.holds.load(Acquire)
            || !rule.is_about(call)
            || (rule.interrupts() && !sleeps)
            || !self.is_here(log, rule.place())
            || !is_on(rule.on(), descriptor)
        {
            return None;
        }
        let me = real::own_pid();
        if self.counted_in.swap(me, AcqRel) != me {
            self.count.store(0, Release);
        }
        let count = self.count.fetch_add(1, AcqRel) + 1;
        let action = rule.at(count)?;
        log.count_rule(self.number);
        let is_a_fault = !matches!(action, Action::Receive(_) | Action::Count);
        if is_a_fault && log.times(self.number) == 1 {
            let (call, count) = (call as i32, count.cast_signed());
            log.record(me, Kind::Planted { call, count });
            if let Action::Fail(errno) = action {
                log.record(me, Kind::CallFailed { call, errno: errno as i32 });
            }
        }
        Some(action)
    }

    fn is_here(&self, log: &SharedLog, place: Place) -> bool {
        let is_parent = || log.test_process().is_some_and(|pid| pid.as_raw() == real::own_pid());
        match place {
            Place::Anywhere => true,
            Place::Parent => is_parent(),
            Place::AnyChild => !is_parent(),
            Place::Child(index) => super::family::number() == Some(self.forks_before + index),
        }
    }
}

fn is_on(on: On, descriptor: Option<c_int>) -> bool {
    let kind = |descriptor: c_int| {
        // SAFETY: the descriptor is only looked at; if it is none, fstat fails.
        let descriptor = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
        fstat(descriptor).map(|stat| SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT)
    };
    match (on, descriptor) {
        (On::All, _) => true,
        (On::Files, Some(descriptor @ 0..)) => kind(descriptor) == Ok(SFlag::S_IFREG),
        (On::Pipes, Some(descriptor @ 3..)) => {
            matches!(kind(descriptor), Ok(SFlag::S_IFIFO | SFlag::S_IFSOCK))
        }
        _ => false,
    }
}

/// How a hook is to go on with its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Make the call.
    Make,
    /// Do not make it; the error is set.
    Fail,
    /// Transfer this many bytes at most.
    Limit(usize),
    /// The same, and then end the process by SIGKILL.
    Tear(usize),
}

/// To be asked before each call.
pub(super) fn before(call: Call, descriptor: Option<c_int>) -> Verb {
    before_call(call, descriptor, true)
}

/// To be asked before each wait, which sleeps unless `WNOHANG` is among its options.
pub(super) fn before_wait(options: c_int) -> Verb {
    before_call(Call::Wait, None, options & libc::WNOHANG == 0)
}

fn before_call(call: Call, descriptor: Option<c_int>, sleeps: bool) -> Verb {
    let last = LAST.load(Acquire);
    if last.is_null() {
        return Verb::Make;
    }
    let Some(log) = real::log() else { return Verb::Make };
    let error = Errno::last_raw();
    let mut next: *const Active = last;
    let mut verb = Verb::Make;
    // SAFETY: null, or a rule that is never freed.
    while let Some(active) = unsafe { next.as_ref() } {
        if let Some(action) = active.meets(log, call, descriptor, sleeps) {
            verb = perform(action);
        }
        next = active.before;
    }
    if verb != Verb::Fail {
        Errno::set_raw(error);
    }
    verb
}

fn perform(action: Action) -> Verb {
    match action {
        Action::Fail(errno) => {
            errno.set();
            Verb::Fail
        }
        Action::Short(bytes) => Verb::Limit(bytes),
        Action::Torn(bytes) => Verb::Tear(bytes),
        Action::Kill(signal) => real::die_of(signal),
        Action::Exit(status) => real::exit_now(status.into()),
        Action::Receive(signal) => {
            real::receive(signal);
            Verb::Make
        }
        Action::Count => Verb::Make,
    }
}
