//! What several suites need: gates between processes, children that end badly, and a child that
//! is none of the answer's business.
#![allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]

use std::fmt::Debug;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use grader::Helper;
pub(crate) use grader::count;
use grader::plant::{Call, Planted, plant};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, raise, sigaction};
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, fork, getpid};

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

/// Work that takes its time, all of it asleep.
pub(crate) fn slow_work(milliseconds: u64) {
    #[expect(clippy::disallowed_methods, reason = "nothing is ordered by it: the work is slow")]
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// The work of some children: each leaves a mark at its end, so that it shows which did not get
/// there because they were killed.
pub(crate) struct Marks(PipeReader, PipeWriter);

impl Marks {
    pub(crate) fn new() -> Self {
        let (reader, writer) = pipe().expect("a pipe for the check");
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a pipe that does not wait");
        Marks(reader, writer)
    }

    /// Takes a while, in which it can be killed, and leaves a mark.
    pub(crate) fn work(&self) {
        slow_work(80);
        self.leave();
    }

    pub(crate) fn leave(&self) {
        (&self.1).write_all(b".").expect("a byte into the check's pipe");
    }

    /// How many there are. They are taken away.
    pub(crate) fn count(&self) -> usize {
        let mut marks = Vec::new();
        let _ = (&self.0).read_to_end(&mut marks); // ends with an error: there is no more now
        marks.len()
    }

    /// After a fork that failed, at most this many items were begun. Returns how many.
    #[track_caller]
    pub(crate) fn are_left_by_no_more_than(&self, most: usize) -> usize {
        let got = self.count();
        assert!(
            got <= most,
            "When the fork failed, {} in progress, but {got} were started in total. After a failed \
             fork, hand out no more items.",
            count(most, "item was", "items were")
        );
        got
    }

    /// At least this many children have come to the end of their work.
    #[track_caller]
    pub(crate) fn are_left_by(&self, children: usize) {
        let got = self.count();
        assert!(
            got >= children,
            "{} working when the fork failed; {got} finished the work.",
            count(children, "child was", "children were")
        );
    }
}

/// Workers that run when a fork fails: they finish the items that they have begun, and no one begins or
/// signals more.
pub(crate) struct InProgress {
    begun: Marks,
    ended: Marks,
    kills: Planted,
}

impl InProgress {
    pub(crate) fn new() -> Self {
        let kills = plant(Call::Kill.every().in_parent().fails(Errno::EPERM));
        InProgress { begun: Marks::new(), ended: Marks::new(), kills }
    }

    /// An item, which takes a while.
    pub(crate) fn work(&self) {
        self.begun.leave();
        self.ended.work();
    }

    /// At most this many items were begun, and all of these are done.
    #[track_caller]
    pub(crate) fn assert_finished(&self, most: usize) {
        let count = self.begun.are_left_by_no_more_than(most);
        self.ended.are_left_by(count);
        assert!(
            !self.kills.happened(),
            "Your function signalled the workers. It should let them end by themselves."
        );
    }
}

/// Until this is dropped, a wait of the parent fails, whatever has become of its children: ECHILD.
pub(crate) fn every_wait_fails() -> Planted {
    plant(Call::Wait.every().in_parent().fails(Errno::ECHILD))
}

/// Every wait of `run` fails with ECHILD, as it does if the caller ignores SIGCHLD. `run` returns this
/// `error`; what it returns if it waits by a call that cannot be made to fail is left open.
#[track_caller]
pub(crate) fn a_failed_wait_is<R: Debug + PartialEq, E: Debug + PartialEq>(
    error: E,
    what: &str,
    run: impl FnOnce() -> Result<R, E>,
) {
    let failing = every_wait_fails();
    let result = run();
    let happened = failing.happened();
    drop(failing);
    wait_for_what_is_left();
    let right = !happened || result == Err(error);
    assert!(right, "{what} failed with ECHILD\ngot:    {result:?}");
}

/// Until this is dropped, a wait of the parent is interrupted twenty times, one after the other.
pub(crate) fn the_first_waits_are_interrupted() -> Vec<Planted> {
    let interrupted = |number| plant(Call::Wait.nth(number).in_parent().interrupted());
    (1..=20).map(interrupted).collect()
}

/// Until this is dropped, the fork number `number` of the parent, counted from now on, fails with
/// ENOMEM. (That of a check with `fork_fails` fails with EAGAIN.)
pub(crate) fn no_memory_for_fork(number: u32) -> Planted {
    plant(Call::Fork.nth(number).in_parent().fails(Errno::ENOMEM))
}

/// How a child can end that has called `exit` with another status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ends with exit status 9.
    Status9,
    /// SIGKILL ends it.
    Killed,
}

/// What becomes of a child may differ from what it wanted: child number `index`, counted from now
/// on, calls `exit`, and ends otherwise.
pub(crate) fn child_ends_otherwise(index: u32, end: End) -> Planted {
    let exit = Call::Exit.nth(1).in_child(index);
    plant(match end {
        End::Status9 => exit.exits(9),
        End::Killed => exit.killed_by(Signal::SIGKILL),
    })
}

/// The PIDs of children, each of which tells its own.
pub(crate) struct Pids(PipeReader, PipeWriter);

impl Pids {
    pub(crate) fn new() -> Self {
        let (reader, writer) = pipe().expect("a pipe for the check");
        Pids(reader, writer)
    }

    /// The process that calls it is child number `number`, counted from 0.
    pub(crate) fn tell(&self, number: usize) {
        let pid = [number as i32, getpid().as_raw()].map(i32::to_ne_bytes);
        (&self.1).write_all(pid.as_flattened()).expect("a PID into the check's pipe");
    }

    /// To be called when all have ended.
    pub(crate) fn of_all<const COUNT: usize>(self) -> [Pid; COUNT] {
        let Pids(mut reader, writer) = self;
        drop(writer);
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).expect("PIDs from the check's pipe");
        let mut pids = [Pid::from_raw(0); COUNT];
        let (numbers, _) = bytes.as_chunks();
        for [number, pid] in
            numbers.iter().copied().map(i32::from_ne_bytes).collect::<Vec<_>>().as_chunks().0
        {
            pids[*number as usize] = Pid::from_raw(*pid);
        }
        pids
    }
}

/// Work that looks at its process: signal mask, signal actions, standard streams, working directory and
/// the like are those of the caller, of which it is a copy. The caller blocks a signal.
pub(crate) struct Inherited(PipeReader, PipeWriter);

impl Inherited {
    pub(crate) fn new() -> Self {
        grader::caller_blocks(Signal::SIGUSR1);
        let (reader, writer) = pipe().expect("a pipe for the check");
        Inherited(reader, writer)
    }

    /// To be called by the work, in whatever process that is.
    pub(crate) fn look(&self) {
        let changes = grader::changes_in_child();
        (&self.1).write_all(changes.as_bytes()).expect("text into the check's pipe");
    }

    /// To be called when the work is done.
    #[track_caller]
    pub(crate) fn assert_all(self) {
        let Inherited(mut reader, writer) = self;
        drop(writer);
        let mut changes = String::new();
        reader.read_to_string(&mut changes).expect("text from the check's pipe");
        assert!(
            changes.is_empty(),
            "When the work began, its process was not as the caller's process had been before the fork:\n\
             {changes}\
             Call the work in a process that has what the caller had."
        );
    }
}

/// A parent that waits asleep uses far less processor time than this.
pub(crate) const LITTLE: Duration = Duration::from_millis(40);

/// A child of the caller's that has ended. A function that waits for any child may take it, and must
/// not be led astray.
pub(crate) struct Zombie(Pid);

impl Zombie {
    /// Forks it. The check counts it with the others.
    pub(crate) fn new() -> Self {
        // SAFETY: a check has one thread.
        match unsafe { fork() }.expect("a fork of the check") {
            // SAFETY: takes a number, and does not return.
            ForkResult::Child => unsafe { libc::_exit(88) },
            ForkResult::Parent { child } => {
                let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT; // look, and leave it
                waitid(Id::Pid(child), flags).expect("a look of the check");
                Zombie(child)
            }
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        self.0
    }
}

impl Drop for Zombie {
    fn drop(&mut self) {
        if waitpid(self.0, None).is_err() {
            grader::note_taken(self.0);
        }
    }
}

/// Whether your function was interrupted by a signal and says so. To wait again is better, but an
/// error is no lie. What it has left behind is waited for here: what is wrong is not that.
pub(crate) fn says_interrupted(error: Option<i32>) -> bool {
    let says_so = error == Some(libc::EINTR);
    if says_so {
        wait_for_what_is_left();
    }
    says_so
}

/// Makes the parent's pipes and pairs of sockets impossible, the first one, then the second, and so on.
/// Whenever that happens to a call of `run`, it returns the error.
#[track_caller]
pub(crate) fn refuse_what_connects<R: Debug + PartialEq>(run: impl Fn() -> io::Result<R>) {
    for call in [Call::Pipe, Call::SocketPair] {
        for number in 1..=6 {
            let errno = [Errno::EMFILE, Errno::ENFILE][number as usize % 2];
            let refused = plant(call.nth(number).in_parent().fails(errno));
            let results = run();
            if refused.happened() {
                let error = results.map_err(|error| error.raw_os_error());
                let what = format!("call {number} of {call:?} failed with {errno:?}");
                assert_eq!(error, Err(Some(errno as i32)), "{what}");
            }
        }
    }
}

/// How often a counted signal has reached the caller.
static REACHED_THE_CALLER: AtomicU32 = AtomicU32::new(0);

extern "C" fn reached_the_caller(_signal: i32) {
    REACHED_THE_CALLER.fetch_add(1, Relaxed);
}

/// Counts a signal that is meant for your function and reaches its caller: the caller has a handler
/// for it while this value exists.
pub(crate) struct Counted(Signal, SigAction);

impl Counted {
    pub(crate) fn new(signal: Signal) -> Self {
        let counts = SigHandler::Handler(reached_the_caller);
        let counts = SigAction::new(counts, SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler does no more than add to a number.
        let before = unsafe { sigaction(signal, &counts) }.expect("a handler of the check");
        Counted(signal, before)
    }

    /// `call` is the number of the call of waitpid before which the signal came.
    #[track_caller]
    pub(crate) fn assert_none(&self, call: u32) {
        assert!(
            REACHED_THE_CALLER.load(Relaxed) == 0,
            "{} arrived before call {call} of waitpid, inside your function, and was still pending\n\
             when your function returned, so that it reached the caller. Accept or discard it before\n\
             you restore the signal mask.",
            self.0
        );
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // SAFETY: puts back what was there.
        unsafe { sigaction(self.0, &self.1) }.expect("the caller's own action");
    }
}

/// Until this process has no child.
pub(crate) fn wait_for_what_is_left() {
    while waitpid(None, None) != Err(Errno::ECHILD) {}
}

/// A child that stops, as by Ctrl-Z, and continues when a process of the check says so. Made before
/// the function is called.
pub(crate) struct Stop(PipeWriter, Helper);

impl Stop {
    pub(crate) fn new() -> Self {
        let (mut reader, writer) = pipe().expect("a pipe for the check");
        let helper = Helper::start(|| {
            let mut pid = [0; 4];
            reader.read_exact(&mut pid).expect("a PID from the check's pipe");
            let pid = Pid::from_raw(i32::from_ne_bytes(pid));
            // Again and again, because the first may come before the stop. Others do no harm.
            for _ in 0..60 {
                slow_work(50);
                let _ = kill(pid, Signal::SIGCONT);
            }
        });
        Stop(writer, helper)
    }

    /// Stops the process that calls it, for a while.
    pub(crate) fn here(&self) {
        (&self.0).write_all(&getpid().as_raw().to_ne_bytes()).expect("a PID into the check's pipe");
        let _ = raise(Signal::SIGSTOP);
    }
}

/// Lines of a shell that stops, and which a process that it has started lets go on after 0.1 s, or
/// later: again and again, because the first time may come before the stop.
pub(crate) const STOP_FOR_A_WHILE: &str = "(trap exit TERM; while sleep 0.1; do kill -s CONT $$; done) & \
     kill -s STOP $$; kill $!; wait";

/// Ends this process by SIGKILL, which nothing can catch.
pub(crate) fn die() -> ! {
    let _ = raise(Signal::SIGKILL);
    process::abort()
}

/// A panic of the work, and not of a check's assertion: those have their place in the suite.
pub(crate) fn panic_on_purpose() -> ! {
    panic!("on purpose")
}

/// Runs `function` with this text in the standard input of this process.
pub(crate) fn with_standard_input<T>(text: &[u8], function: impl FnOnce() -> T) -> T {
    let (reader, mut writer) = pipe().expect("a pipe for the check");
    writer.write_all(text).expect("text in the check's pipe");
    drop(writer);
    let before = io::stdin().as_fd().try_clone_to_owned().expect("a copy of standard input");
    dup2_stdin(reader).expect("another standard input");
    let result = function();
    dup2_stdin(before).expect("the usual standard input");
    result
}
