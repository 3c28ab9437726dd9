//! What a check plants: which calls, in which process, and what happens there. The module
//! [`plant`](crate::plant) tells how it is used.

use nix::errno::Errno;
use nix::sys::signal::Signal;

/// Declares [`Call`] with the names of its values, from one list.
macro_rules! calls {
    ($($(#[$doc:meta])* $call:ident = $name:literal,)*) => {
        /// A group of functions of the C library that do one thing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Call {
            $($(#[$doc])* $call,)*
        }

        impl Call {
            const ALL: &[Call] = &[$(Call::$call),*];

            /// The name that stands for all of them, as in `fork`.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Call::$call => $name,)*
                }
            }
        }
    };
}

calls! {
    /// Any of the following.
    Any = "any call",
    /// `fork`, and `posix_spawnp`, which std's `Command` calls.
    Fork = "fork",
    /// `wait`, `waitpid`, `waitid`.
    Wait = "waitpid",
    /// `pipe`, `pipe2`.
    Pipe = "pipe",
    /// `socketpair`.
    SocketPair = "socketpair",
    /// `mmap` of memory that processes share.
    Map = "mmap",
    /// `open`, `openat`, `creat`.
    Open = "open",
    /// `read`, `readv`, `pread`, `recv` and their relatives.
    Read = "read",
    /// `write`, `writev`, `pwrite`, `send` and their relatives.
    Write = "write",
    /// `close`. Its descriptor is closed even if the call fails, as on Linux.
    Close = "close",
    /// `dup`, `dup2`, `dup3`, and `fcntl` with `F_DUPFD`.
    Dup = "dup",
    /// `poll`, `ppoll`, `select`, `pselect`, `epoll_wait`.
    Poll = "poll",
    /// `nanosleep`, `clock_nanosleep`.
    Sleep = "sleep",
    /// `rename`.
    Rename = "rename",
    /// `unlink`.
    Unlink = "unlink",
    /// `fsync`, `fdatasync`.
    Sync = "fsync",
    /// `flock`.
    Lock = "flock",
    /// `connect`.
    Connect = "connect",
    /// `accept`, `accept4`.
    Accept = "accept",
    /// `kill`.
    Kill = "kill",
    /// `_exit`, and `exit` before it runs handlers. Cannot fail.
    Exit = "exit",
}

/// When a rule holds: which of the calls, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Nth(u32),
    From(u32),
    Odd,
    TwoOfThree,
}

/// In which processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    Parent,
    AnyChild,
    Child(u32),
}

/// On which descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    All,
    Files,
    Pipes,
}

/// What happens instead of the call, or in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Fail(Errno),
    Short(usize),
    Torn(usize),
    Kill(Signal),
    Exit(u8),
    Receive(Signal),
    Count,
}

/// A call with a position, which becomes a [`Rule`] when it is said what happens there.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    call: Call,
    which: Which,
    place: Place,
    on: On,
}

/// What is to happen, and when.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    position: Position,
    action: Action,
}

impl Rule {
    /// Whether it is about a call of this group.
    pub(crate) fn is_about(&self, call: Call) -> bool {
        matches!(self.position.call, Call::Any) || self.position.call == call
    }

    pub(crate) fn place(&self) -> Place {
        self.position.place
    }

    pub(crate) fn on(&self) -> On {
        self.position.on
    }

    /// Whether it interrupts calls, which happens only to those that sleep.
    pub(crate) fn interrupts(&self) -> bool {
        self.action == Action::Fail(Errno::EINTR)
    }

    /// What happens at the call number `count` that it is about, if anything.
    pub(crate) fn at(&self, count: u32) -> Option<Action> {
        let holds = match self.position.which {
            Which::Nth(n) => count == n,
            Which::From(n) => count >= n,
            Which::Odd => count % 2 == 1,
            Which::TwoOfThree => !count.is_multiple_of(3),
        };
        holds.then_some(self.action)
    }
}

impl Call {
    /// The call number `n` of each process, counted from 1, and only that one.
    pub const fn nth(self, n: u32) -> Position {
        self.at(Which::Nth(n))
    }

    /// The call number `n` and all that follow.
    pub const fn from(self, n: u32) -> Position {
        self.at(Which::From(n))
    }

    /// Every call.
    pub const fn every(self) -> Position {
        self.at(Which::From(1))
    }

    /// The first call, the third, and so on, so that a call that is made again at once succeeds.
    pub const fn odd(self) -> Position {
        self.at(Which::Odd)
    }

    /// All but the third call, the sixth, and so on, so that a call succeeds when it is made again twice.
    pub const fn two_of_three(self) -> Position {
        self.at(Which::TwoOfThree)
    }

    /// The one that was recorded as this number.
    pub(crate) fn of_number(number: i32) -> Option<Call> {
        Call::ALL.iter().copied().find(|&call| call as i32 == number)
    }

    const fn at(self, which: Which) -> Position {
        Position { call: self, which, place: Place::Anywhere, on: On::All }
    }
}

impl Position {
    /// Only in the process that runs the check.
    pub const fn in_parent(mut self) -> Self {
        self.place = Place::Parent;
        self
    }

    /// Only in processes that descend from the one that runs the check.
    pub const fn in_children(mut self) -> Self {
        self.place = Place::AnyChild;
        self
    }

    /// Only in child number `index`, counted from 0 in the order in which the process that runs
    /// the check has forked since the rule was planted. Children by the function `clone` have no number.
    pub const fn in_child(mut self, index: u32) -> Self {
        self.place = Place::Child(index);
        self
    }

    /// Only calls on a descriptor of a regular file count.
    pub const fn on_files(mut self) -> Self {
        self.on = On::Files;
        self
    }

    /// Only calls on a descriptor of a pipe or socket count, standard input, output and error not
    /// among them.
    pub const fn on_pipes(mut self) -> Self {
        self.on = On::Pipes;
        self
    }

    /// The call is not made, and fails with `errno`.
    pub const fn fails(self, errno: Errno) -> Rule {
        self.then(Action::Fail(errno))
    }

    /// The call is not made, and fails with `EINTR`, as if a signal handler had run. A wait with
    /// `WNOHANG` never sleeps, so it is not interrupted and does not count.
    pub const fn interrupted(self) -> Rule {
        self.fails(Errno::EINTR)
    }

    /// A read or write transfers `bytes` bytes at most.
    pub const fn short(self, bytes: usize) -> Rule {
        self.then(Action::Short(bytes))
    }

    /// A write writes `bytes` bytes at most; then SIGKILL ends the process.
    pub const fn torn_after(self, bytes: usize) -> Rule {
        self.then(Action::Torn(bytes))
    }

    /// Instead of making the call, the process is ended by `signal`.
    pub const fn killed_by(self, signal: Signal) -> Rule {
        self.then(Action::Kill(signal))
    }

    /// Instead of making the call, the process ends with this exit status, at once.
    pub const fn exits(self, status: u8) -> Rule {
        self.then(Action::Exit(status))
    }

    /// The process receives `signal` just before it makes the call. The call is made, so unlike a real
    /// signal this one interrupts nothing.
    pub const fn receives(self, signal: Signal) -> Rule {
        self.then(Action::Receive(signal))
    }

    /// Nothing happens. [`Planted::times`](crate::plant::Planted::times) says how many such calls there were.
    pub const fn is_counted(self) -> Rule {
        self.then(Action::Count)
    }

    const fn then(self, action: Action) -> Rule {
        Rule { position: self, action }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_call_succeeds() {
        let rule = Call::Wait.two_of_three().interrupted();
        let fails = [1, 2, 3, 4, 5, 6].map(|count| rule.at(count).is_some());
        assert_eq!(fails, [true, true, false, true, true, false]);
    }
}
