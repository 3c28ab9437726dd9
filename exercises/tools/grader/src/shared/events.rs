//! What is recorded while a case runs: enough to count processes, and to draw their lives.

use std::collections::BTreeSet;
use std::time::Duration;

/// Something that happened to a process of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Time since the log was made.
    pub(crate) at: Duration,
    pub(crate) pid: i32,
    pub(crate) kind: Kind,
}

/// How many numbers an event may carry.
pub(super) const DATA: usize = 2;

/// Declares [`Kind`], and its form in the shared log: a number and [`DATA`] more. Both directions
/// are made from one list, so that they cannot differ.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* })*) => {
        /// What happened to a process.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: i32),* },)*
        }

        /// The numbers of the kinds, less 1: an empty slot of the log holds 0.
        #[repr(u32)]
        enum Number {
            $($name,)*
        }

        impl Kind {
            pub(super) fn encode(self) -> (u32, [i32; DATA]) {
                match self {
                    $(Kind::$name { $($field),* } => {
                        const { assert!(<[&str]>::len(&[$(stringify!($field)),*]) <= DATA) };
                        let values: &[i32] = &[$($field),*];
                        let mut data = [0; DATA];
                        data[..values.len()].copy_from_slice(values);
                        (1 + Number::$name as u32, data)
                    })*
                }
            }

            /// `None` if there is no kind of this number.
            pub(super) fn decode(number: u32, data: [i32; DATA]) -> Option<Kind> {
                let mut data = data.into_iter();
                match number {
                    $(number if number == 1 + Number::$name as u32 => {
                        Some(Kind::$name { $($field: data.next()?),* })
                    })*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// It began its life.
    Fork { parent }
    /// It came out of its parent's call of fork, as the parent sees it.
    Forked { parent }
    /// It called fork, which failed because the check wanted it to.
    ForkFailed {}
    /// It asked for a fork when the limit was reached, and was stopped.
    OneTooMany {}
    /// It began to wait; `child` is the argument of waitpid.
    Wait { child }
    /// It was reaped by the process `by`; `status` is the raw one.
    Reaped { by, status }
    /// It ends by itself with this exit status.
    Exit { status }
    /// It is a child, and returned from the function.
    ChildReturned {}
    /// It is a child, and a panic climbed out of the function in it.
    Panicked {}
    /// It tried to signal processes that are not its own; `target` is the argument of kill.
    SignalRefused { target, signal }
    /// It is the test process, and is about to call the check's function.
    Begin {}
    /// The wait that it began came back, and it has reaped no process; `error` is 0 if a child was
    /// only looked at.
    WaitOver { error }
    /// It created a process, by whatever system call; the fork notifier saw it.
    Created {}
    /// The next `count` processes that it creates are the check's own.
    Uncounted { count }
    /// It is a child of the check's own, which the function must leave alone.
    Stranger {}
    /// It is a [stranger](Kind::Stranger) that was not there any more, or had been ended, when the
    /// function had returned.
    StrangerGone { reaped }
    /// It is a process of the check's own that does something for the check.
    Helper {}
    /// It created a thread.
    Thread {}
    /// It made a pipe with this inode number that is the check's own.
    CheckPipe { inode }
    /// It signalled itself or its own group with kill.
    SignalledItself { signal }
    /// It made a pair of sockets, with these inode numbers.
    SocketPair { one, other }
    /// A fault that the check planted happened to it, at the call number `count` of its kind.
    Planted { call, count }
    /// The test process: a call, which the check had made to fail, failed with this error.
    CallFailed { call, errno }
    /// It was a child of the caller's that had ended, and the function has waited for it, as it may.
    ZombieTaken {}
    /// It is the test process, and ignores SIGCHLD, which it did not before.
    IgnoresChildren {}
    /// It had ended when the function returned, and its parent, the test process, had not waited
    /// for it; `status` is the raw one.
    LeftZombie { status }
}

impl Kind {
    /// Whether it shows that something is wrong, whatever the check says.
    pub(crate) fn is_a_fault(self) -> bool {
        matches!(
            self,
            Kind::ChildReturned {}
                | Kind::Panicked {}
                | Kind::SignalRefused { .. }
                | Kind::StrangerGone { .. }
        )
    }

    /// Whether the process ends by itself with this event.
    pub(super) fn is_an_end(self) -> bool {
        matches!(self, Kind::Exit { .. } | Kind::ChildReturned {} | Kind::Panicked {})
    }
}

/// The most processes that were alive at the same time, the test process and the check's own not
/// counted. A process counts from its creation until it ends, or is reaped where a signal ended
/// it.
///
/// The fork notifier sees all of them, but not their PIDs; where there is none, the fork hook
/// sees those that were made by `fork`. `init` has created the test process.
pub(crate) fn most_at_once(events: &[Event], init: i32) -> usize {
    let notified = events.iter().any(|event| event.kind == Kind::Created {});
    let (mut alive, mut most) = (0_i64, 0);
    let mut living = Living::default();
    for &Event { kind, pid, .. } in events {
        match kind {
            Kind::Created {} if pid != init => alive += 1,
            Kind::Uncounted { count } if notified => alive -= i64::from(count),
            Kind::Fork { .. } | Kind::Forked { .. } if living.is_born(pid) && !notified => {
                alive += 1;
            }
            Kind::Reaped { .. } if living.is_reaped(pid) => alive -= 1,
            kind if kind.is_an_end() && living.ends(pid) => alive -= 1,
            _ => {}
        }
        most = most.max(alive);
    }
    most.try_into().unwrap_or_default()
}

/// The processes whose fork or end was recorded, by their PIDs.
#[derive(Default)]
struct Living {
    alive: BTreeSet<i32>,
    ended: BTreeSet<i32>,
}

impl Living {
    /// Whether the birth is news: parent and child both record it, and the child may have ended
    /// before its parent does.
    fn is_born(&mut self, pid: i32) -> bool {
        !self.ended.contains(&pid) && self.alive.insert(pid)
    }

    /// Whether the end is news.
    fn ends(&mut self, pid: i32) -> bool {
        self.alive.remove(&pid);
        self.ended.insert(pid)
    }

    /// Whether that is the first sign of its end, as with a signal. From now on its PID may be
    /// used again.
    fn is_reaped(&mut self, pid: i32) -> bool {
        self.alive.remove(&pid);
        !self.ended.remove(&pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, pid: i32) -> Event {
        Event { kind, at: Duration::ZERO, pid }
    }

    #[test]
    fn a_process_counts_until_it_ends() {
        let (fork, forked) = (Kind::Fork { parent: 2 }, Kind::Forked { parent: 2 });
        let reaped = Kind::Reaped { by: 2, status: 0 };
        let events = [
            event(fork, 3),
            event(Kind::Exit { status: 0 }, 3),
            event(forked, 3),
            event(forked, 4),
            event(fork, 4),
            event(fork, 5),
            event(reaped, 3),
            event(reaped, 4),
            event(fork, 6),
        ];
        assert_eq!(most_at_once(&events, 1), 2);
        assert_eq!(most_at_once(&[], 1), 0);
    }

    /// Raw clones come without the hook's events. The check's own processes are left out.
    #[test]
    fn what_the_notifier_saw_counts() {
        let own = Kind::Uncounted { count: 2 };
        let (created, exit) = (Kind::Created {}, Kind::Exit { status: 0 });
        let reaped = Kind::Reaped { by: 2, status: 9 };
        let events = [
            event(created, 1),
            event(own, 2),
            event(created, 2),
            event(created, 3),
            event(created, 2),
            event(exit, 5),
            event(reaped, 5),
            event(created, 2),
            event(created, 2),
            event(reaped, 6),
            event(created, 2),
        ];
        assert_eq!(most_at_once(&events, 1), 2);
    }

    #[test]
    fn each_kind_survives_the_log() {
        let kinds = [
            Kind::Fork { parent: 7 },
            Kind::ForkFailed {},
            Kind::Reaped { by: 2, status: 256 },
            Kind::SignalRefused { target: -1, signal: 9 },
            Kind::LeftZombie { status: 9 },
        ];
        for kind in kinds {
            let (number, data) = kind.encode();
            assert_eq!(Kind::decode(number, data), Some(kind));
        }
        assert_eq!(Kind::decode(0, [0, 0]), None);
        assert_eq!(Kind::decode(1_000, [0, 0]), None);
    }
}
