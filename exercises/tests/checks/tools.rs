//! What several suites need: gates between processes, children that end badly, and a child that
//! is none of the answer's business.
#![allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{ForkResult, Pid, fork};

/// A process that waits at a gate continues when another process opens it; each opening lets one
/// process through. A gate is made before the fork, then used by any process. It is a pipe with
/// bytes in it, so no time is involved.
pub(crate) struct Gate {
    exit: PipeReader,
    entrance: PipeWriter,
}

impl Gate {
    pub(crate) fn new() -> Gate {
        let (exit, entrance) = pipe().expect("a pipe for the check");
        Gate { exit, entrance }
    }

    /// A row of gates.
    pub(crate) fn row<const COUNT: usize>() -> [Gate; COUNT] {
        std::array::from_fn(|_| Gate::new())
    }

    /// Lets one process through, now or later.
    pub(crate) fn open(&self) {
        (&self.entrance).write_all(b".").expect("a byte into the check's pipe");
    }

    /// Waits for an opening.
    pub(crate) fn wait(&self) {
        (&self.exit).read_exact(&mut [0]).expect("a byte from the check's pipe");
    }
}

/// A barrier: no process passes before all have arrived.
pub(crate) struct Barrier<const COUNT: usize>([Gate; COUNT]);

impl<const COUNT: usize> Barrier<COUNT> {
    pub(crate) fn new() -> Self {
        Barrier(Gate::row())
    }

    /// Number `who` has arrived, and waits for the others. Each passes once.
    pub(crate) fn pass(&self, who: usize) {
        self.0.iter().for_each(Gate::open);
        (0..COUNT).for_each(|_| self.0[who].wait());
    }
}

/// A child that the caller of your function had before, and that only the caller may wait for.
pub(crate) struct Stranger {
    pid: Pid,
    /// The stranger lives until this end of its pipe is closed.
    lifeline: Option<PipeWriter>,
}

/// The exit status of every stranger.
const STRANGE: i32 = 88;

impl Stranger {
    /// One that lives until the caller waits for it.
    pub(crate) fn alive() -> Self {
        let (mut reader, writer) = pipe().expect("a pipe for the check");
        // SAFETY: a check has one thread.
        match unsafe { fork() }.expect("a fork of the check") {
            ForkResult::Parent { child } => Stranger { pid: child, lifeline: Some(writer) },
            ForkResult::Child => {
                drop(writer);
                let _ = reader.read(&mut [0]); // until every write end is closed
                // SAFETY: takes a number, and does not return.
                unsafe { libc::_exit(STRANGE) }
            }
        }
    }

    /// One that has ended already: a zombie.
    pub(crate) fn zombie() -> Self {
        let mut stranger = Stranger::alive();
        stranger.lifeline = None;
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT; // look, and leave it a zombie
        waitid(Id::Pid(stranger.pid), flags).expect("a look of the check");
        stranger
    }

    /// Waits for all of them, which none but the caller may have done before.
    pub(crate) fn wait_for_all<const COUNT: usize>(strangers: [Stranger; COUNT]) {
        let taken = strangers.map(Stranger::was_taken).into_iter().filter(|taken| *taken).count();
        if taken > 0 {
            // What your function did not wait for, because it took another child, is a consequence.
            while waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok_and(|s| s.pid().is_some()) {}
        }
        assert_eq!(
            taken, 0,
            "How many children that the caller had before were waited for by your function. Their\n\
             statuses are lost to the caller. `wait()` and `waitpid(-1)` take any child; give waitpid\n\
             the PID that fork returned."
        );
    }

    /// Lets it end and waits for it: whether there was nothing to wait for.
    fn was_taken(mut self) -> bool {
        self.lifeline = None;
        waitpid(self.pid, None) != Ok(WaitStatus::Exited(self.pid, STRANGE))
    }
}

/// When an assertion has failed before, the stranger must not be the next complaint.
impl Drop for Stranger {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}

/// The processor time that this process has used so far.
pub(crate) fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).expect("a clock for the check").into()
}

/// Work of this length is nearly all waiting for the parent.
pub(crate) fn take_a_while() {
    #[expect(clippy::disallowed_methods, reason = "nothing is ordered by it: the work is slow")]
    std::thread::sleep(Duration::from_millis(300));
}

/// Whoever waits for [`take_a_while`] asleep uses far less than this; a busy wait uses more, even
/// if it has to share a processor with others.
pub(crate) const LITTLE: Duration = Duration::from_millis(40);

/// Ends this process by SIGKILL, which nothing can catch.
pub(crate) fn die() -> ! {
    let _ = raise(Signal::SIGKILL);
    process::abort()
}

/// A panic of the work, and not of a check's assertion: those have their place in the suite.
pub(crate) fn panic_on_purpose() -> ! {
    panic!("on purpose")
}
