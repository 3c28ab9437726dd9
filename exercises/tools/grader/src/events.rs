//! What is recorded while a case runs: enough to count processes, and to draw their lives.

use std::collections::BTreeSet;
use std::time::Duration;

/// Something that happened to a process of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: Kind,
    /// Since the start of the case.
    pub(crate) at: Duration,
    pub(crate) pid: i32,
    pub(crate) other: i32,
    pub(crate) value: i32,
}

/// What happened to `pid`, and what `other` and `value` of an [`Event`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Kind {
    /// It began its life; `other` is its parent.
    Fork = 1,
    /// It came out of `other`'s call of fork, as the parent sees it.
    Forked,
    /// It called fork, which failed because the check wanted it to.
    ForkFailed,
    /// It wanted to fork when the limit was reached, and was stopped.
    OneTooMany,
    /// It began to wait; `other` is the argument of waitpid.
    Wait,
    /// It was reaped; `other` is who waited for it, `value` the raw status.
    Reaped,
    /// It ends by itself; `value` is the exit status.
    Exit,
    /// It is a child that returned from the function.
    CameBack,
    /// It is a child, and a panic climbed out of the function in it.
    Panicked,
    /// It wanted to signal processes that are not its own; `other` is the argument of kill,
    /// `value` the signal.
    SignalRefused,
    /// It is the case, and is about to call the check's function.
    Begin,
    /// The wait that it began came back, and it has reaped nobody; `value` is the error, or 0 if
    /// there is none: a child was only looked at.
    WaitOver,
    /// It had ended when the function returned, and its parent, the case, had not waited for it;
    /// `value` is the raw status.
    LeftZombie,
}

impl Kind {
    const ALL: [Kind; 13] = [
        Kind::Fork,
        Kind::Forked,
        Kind::ForkFailed,
        Kind::OneTooMany,
        Kind::Wait,
        Kind::Reaped,
        Kind::Exit,
        Kind::CameBack,
        Kind::Panicked,
        Kind::SignalRefused,
        Kind::Begin,
        Kind::WaitOver,
        Kind::LeftZombie,
    ];

    pub(crate) fn from_number(number: u32) -> Option<Kind> {
        Kind::ALL.into_iter().find(|&kind| kind as u32 == number)
    }
}

/// The most forked processes that were alive at the same time. A process counts from its fork, of
/// which it or its parent may be the first to tell, until it ends, or is reaped where a signal
/// ended it.
pub(crate) fn most_at_once(events: &[Event]) -> usize {
    let (mut alive, mut ended) = (BTreeSet::new(), BTreeSet::new());
    let mut most = 0;
    for &Event { kind, pid, .. } in events {
        match kind {
            // A child may have ended before its parent tells of it.
            Kind::Fork | Kind::Forked if !ended.contains(&pid) => {
                alive.insert(pid);
            }
            Kind::Exit | Kind::CameBack | Kind::Panicked => {
                alive.remove(&pid);
                ended.insert(pid);
            }
            Kind::Reaped => {
                alive.remove(&pid);
                ended.remove(&pid); // from now on, its number may be used again
            }
            _ => {}
        }
        most = most.max(alive.len());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, pid: i32) -> Event {
        Event { kind, at: Duration::ZERO, pid, other: 0, value: 0 }
    }

    #[test]
    fn a_process_counts_until_it_ends() {
        let events = [
            event(Kind::Fork, 3),
            event(Kind::Exit, 3),
            event(Kind::Forked, 3),
            event(Kind::Forked, 4),
            event(Kind::Fork, 4),
            event(Kind::Fork, 5),
            event(Kind::Reaped, 3),
            event(Kind::Reaped, 4),
            event(Kind::Fork, 6),
        ];
        assert_eq!(most_at_once(&events), 2);
        assert_eq!(most_at_once(&[]), 0);
    }
}
