//! What your functions in `first_measures` must do, step by step.

use std::cell::Cell;
use std::fs;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::time::{Duration, Instant};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

use super::answers::first_measures::{cost_of, living_children, state_of};

#[path = "tools.rs"]
mod tools;
use tools::{Inherited, a_failed_wait_is, no_memory_for_fork, slow_work};

pub(crate) fn suite() -> Suite {
    let mut checks = vec![
        check!(step_1_a_child_that_sleeps).forks(1).see("fork-load.md#three-times"),
        check!(step_1_a_child_that_computes).forks(1).see("fork-load.md#three-times"),
        check!(step_1_time_in_the_kernel_counts).forks(1).see("fork-load.md#three-times"),
        check!(step_1_only_this_child_counts).forks(2).see("fork-load.md#three-times"),
        check!(step_1_the_work_is_done_in_the_child).forks(1).see("fork-basics.md#two-memories"),
        check!(step_1_work_finds_what_the_caller_had).forks(1).see("fork-basics.md#two-memories"),
        check!(step_1_a_second_call_is_like_the_first).forks(2).see("fork-load.md#three-times"),
        check!(step_1_another_child_is_left_alone).forks(2).see("waitpid.md#any-child"),
        check!(step_1_a_wait_that_fails_is_an_error).forks(1),
        check!(step_1_a_fork_that_fails_is_an_error)
            .fork_fails(1)
            .forks(0)
            .see("fork-basics.md#a-fork-that-fails"),
    ];
    if cfg!(target_os = "linux") {
        checks.extend([
            check!(step_2_the_letter_of_a_state).see("monitoring.md#the-states"),
            check!(step_2_a_name_with_parentheses).see("monitoring.md#the-states"),
            check!(step_2_a_name_of_several_lines).see("monitoring.md#the-states"),
            check!(step_2_a_name_that_is_not_utf8).see("monitoring.md#the-states"),
            check!(step_2_no_such_process_is_an_error).see("monitoring.md#the-states"),
            check!(step_2_a_process_may_vanish).see("monitoring.md#the-states"),
            check!(step_3_children_that_have_not_ended).see("monitoring.md#the-states"),
            check!(step_3_a_child_whose_name_is_not_utf8).see("monitoring.md#the-states"),
            check!(step_3_a_child_with_an_odd_name).see("monitoring.md#the-states"),
            check!(step_3_a_grandchild_is_no_child).see("monitoring.md#how-the-monitor-works"),
            check!(step_3_a_process_may_vanish).see("monitoring.md#processes-between-two-samples"),
        ]);
    }
    Suite::new("first_measures", checks)
}

/// Far less than any work here takes, and far more than a fork and an end.
const LITTLE: Duration = Duration::from_millis(90);

/// The two times of a child that did `work`. Neither is longer than what the check measures, which
/// begins earlier and ends later.
#[track_caller]
fn measured(work: impl FnOnce()) -> (Duration, Duration) {
    let (start, before) = (Instant::now(), used_by_children());
    let cost = cost_of(work);
    let (most, used) = (start.elapsed(), used_by_children() - before);
    let cost = cost.unwrap_or_else(|error| {
        panic!("cost_of returned the error {error}, although nothing went wrong.")
    });
    let (wall, processor) = (cost.wall, cost.processor);
    assert!(wall <= most, "cost_of returned after {most:?}; wall time: {wall:?}");
    let used = Duration::from_micros(used.num_microseconds().cast_unsigned());
    assert!(
        processor <= used + ROUNDED,
        "the child ran for {used:?}; processor time: {processor:?}"
    );
    (wall, processor)
}

/// Times are rounded to microseconds, each for itself.
const ROUNDED: Duration = Duration::from_micros(10);

fn used_by_children() -> TimeVal {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the check's own getrusage");
    total(&usage)
}

fn own_usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).expect("the check's own getrusage")
}

/// Keeps a core busy until `time` says that it is enough, or for a second of processor time.
fn until(milliseconds: i64, time: fn(&Usage) -> TimeVal, step: impl Fn()) {
    let used = |time: fn(&Usage) -> TimeVal| time(&own_usage()).num_milliseconds();
    while used(time) < milliseconds && used(total) < 1000 {
        step();
    }
}

/// About a millisecond in the process's own code.
fn compute() {
    std::hint::black_box((0..100_000_u64).fold(0, |sum, number| sum ^ number));
}

fn total(usage: &Usage) -> TimeVal {
    usage.user_time() + usage.system_time()
}

/// It uses no core for 0.2 s, and the caller waits for it that long.
fn step_1_a_child_that_sleeps() {
    let (wall, processor) = measured(|| slow_work(200));
    assert!(wall >= Duration::from_millis(200), "the child slept for 0.2 s; wall time: {wall:?}");
    assert!(processor < LITTLE, "the child slept for 0.2 s; processor time: {processor:?}");
}

/// It computes until it has been on a core for 0.15 s. That cannot take less time by the clock.
fn step_1_a_child_that_computes() {
    let (wall, processor) = measured(|| until(150, total, compute));
    let used = Duration::from_millis(150);
    assert!(processor > LITTLE, "the child ran for {used:?}; processor time: {processor:?}");
    assert!(wall >= used, "the child ran for {used:?}; wall time: {wall:?}");
}

/// It has the kernel fill memory with zeroes, for 0.15 s.
fn step_1_time_in_the_kernel_counts() {
    let (_, processor) = measured(|| {
        let zeroes = fs::File::open("/dev/zero").expect("/dev/zero");
        let buffer = Cell::new(vec![0; 1 << 20]);
        until(150, Usage::system_time, || {
            let mut bytes = buffer.take();
            let _ = (&zeroes).read(&mut bytes);
            buffer.set(bytes);
        });
    });
    let (used, most) = (Duration::from_millis(150), Duration::from_secs(3));
    assert!(processor >= used, "the system time was {used:?}; processor time: {processor:?}");
    assert!(processor < most, "the check lasts at most {most:?}; processor time: {processor:?}");
}

/// The caller has waited for a child that was on a core for 0.15 s. Then comes one that only ends.
fn step_1_only_this_child_counts() {
    let before = Child::new(|_| until(150, total, compute));
    waitpid(before.pid, None).expect("a wait of the check");
    let processor = cost_of(|| ()).map(|cost| cost.processor).expect("nothing goes wrong");
    assert!(
        processor < LITTLE,
        "the child did nothing; an earlier child had used a core for 0.15 s\n\
         processor time: {processor:?}"
    );
}

/// What the child changes, it changes in its own memory.
fn step_1_the_work_is_done_in_the_child() {
    let calls = Cell::new(0);
    measured(|| calls.set(calls.get() + 1));
    assert_eq!(calls.get(), 0, "how often the work was done in the parent");
}

/// The child is a copy of the caller.
fn step_1_work_finds_what_the_caller_had() {
    let inherited = Inherited::new();
    measured(|| inherited.look());
    inherited.assert_all();
}

/// Each call has its own beginning and its own child.
fn step_1_a_second_call_is_like_the_first() {
    measured(|| until(100, total, compute));
    let (_, processor) = measured(|| ());
    assert!(processor < LITTLE, "the second child did nothing; processor time: {processor:?}");
}

/// The caller has another child, which has ended; then one that continues to run.
fn step_1_another_child_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        measured(|| slow_work(20));
    }
}

/// A wait fails with ECHILD, as it does if the caller ignores SIGCHLD.
fn step_1_a_wait_that_fails_is_an_error() {
    a_failed_wait_is(Errno::ECHILD, "the wait", || cost_of(|| ()).map(|cost| cost.wall));
}

/// When there are too many processes, fork fails with EAGAIN; without memory, with ENOMEM. There is no child to
/// wait for then, and the caller's own ones are left alone.
fn step_1_a_fork_that_fails_is_an_error() {
    let cost = cost_of(|| ()).map(|cost| cost.wall);
    assert_eq!(cost, Err(Errno::EAGAIN), "the fork failed with EAGAIN");
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        let _refused = no_memory_for_fork(1);
        let cost = cost_of(|| ()).map(|cost| cost.wall);
        assert_eq!(cost, Err(Errno::ENOMEM), "the fork failed with ENOMEM");
    }
}

/// The number of this process in `/proc`. Where a container covers `/proc`, a process in a PID
/// namespace knows another one.
fn number_in_proc() -> i32 {
    let link = fs::read_link("/proc/self").expect("the check's own look at /proc");
    link.to_str().and_then(|number| number.parse().ok()).expect("a number in /proc/self")
}

/// A child of the check. It is ended and waited for when this value is dropped, if the check has not
/// waited for it.
struct Child {
    pid: Pid,
    numbers: PipeReader,
    lead: PipeWriter,
}

/// The child's side of a [`Child`].
struct Held {
    numbers: PipeWriter,
    lead: PipeReader,
}

impl Child {
    /// A child that does `work` and ends.
    fn new(work: impl FnOnce(&Held)) -> Child {
        let ((numbers, tells), (waits, lead)) = (pipes(), pipes());
        // SAFETY: a check has one thread.
        match unsafe { fork() }.expect("a fork of the check") {
            ForkResult::Parent { child } => Child { pid: child, numbers, lead },
            ForkResult::Child => {
                work(&Held { numbers: tells, lead: waits });
                // SAFETY: takes a number, and does not return.
                unsafe { libc::_exit(0) }
            }
        }
    }

    /// A child that tells its number in `/proc` and blocks.
    fn blocked() -> Child {
        Child::new(|held| {
            held.tell(number_in_proc());
            held.wait();
        })
    }

    /// A child that tells its number in `/proc`, does `work`, and stops.
    fn stopped(work: impl FnOnce()) -> Child {
        let child = Child::new(|held| {
            work();
            held.tell(number_in_proc());
            let _ = raise(Signal::SIGSTOP);
        });
        child.until(libc::WSTOPPED);
        child
    }

    /// A child that tells its number in `/proc` and ends.
    fn zombie() -> Child {
        let child = Child::new(|held| held.tell(number_in_proc()));
        child.until(libc::WEXITED);
        child
    }

    /// The next number that it tells.
    fn number(&self) -> Pid {
        let mut bytes = [0; 4];
        (&self.numbers).read_exact(&mut bytes).expect("a number from the check's child");
        Pid::from_raw(i32::from_ne_bytes(bytes))
    }

    /// Waits until it has ended, or stopped, and leaves its status.
    fn until(&self, what: i32) {
        // SAFETY: the structure is plain numbers, for which zeroes are fine.
        let mut info = unsafe { std::mem::zeroed() };
        let (id, flags) = (self.pid.as_raw() as u32, what | libc::WNOWAIT);
        // SAFETY: `info` lives until the call has returned.
        let result = unsafe { libc::waitid(libc::P_PID, id, &raw mut info, flags) };
        assert_eq!(result, 0, "the check's own waitid");
    }

    /// Lets it go on once.
    fn let_go(&self) {
        (&self.lead).write_all(b".").expect("a byte into the check's pipe");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = kill(self.pid, Signal::SIGKILL);
        let _ = waitpid(self.pid, None);
    }
}

impl Held {
    fn tell(&self, number: i32) {
        (&self.numbers).write_all(&number.to_ne_bytes()).expect("a number into the check's pipe");
    }

    /// Until it is let go.
    fn wait(&self) {
        (&self.lead).read_exact(&mut [0]).expect("a byte from the check's pipe");
    }
}

fn pipes() -> (PipeReader, PipeWriter) {
    let (reader, writer) = pipe().expect("a pipe for the check");
    grader::own_pipe(&reader);
    (reader, writer)
}

/// An answer of yours with an error that can be compared.
fn state(process: Pid) -> Result<char, io::ErrorKind> {
    state_of(process).map_err(|error| error.kind())
}

/// A zombie, a stopped child, the caller itself, which is running when you look, and a child that
/// reads from an empty pipe.
fn step_2_the_letter_of_a_state() {
    let zombie = Child::zombie();
    assert_eq!(state(zombie.number()), Ok('Z'), "a child that has ended");
    let stopped = Child::stopped(|| ());
    assert_eq!(state(stopped.number()), Ok('T'), "a child that SIGSTOP has stopped");
    let own = Pid::from_raw(number_in_proc());
    assert_eq!(state(own), Ok('R'), "the process that calls the function");
    let blocked = Child::blocked();
    let number = blocked.number();
    for _ in 0..400 {
        if state(number) == Ok('S') {
            return;
        }
        slow_work(2); // it has told its number, and is on its way to the read
    }
    assert_eq!(state(number), Ok('S'), "a child that reads from an empty pipe");
}

/// As the `comm` of proc_pid_stat(5), this name leads astray whoever looks for the first space or the
/// first parenthesis.
fn step_2_a_name_with_parentheses() {
    let stopped = Child::stopped(|| rename_this_process(c"a) Z 1 (b"));
    assert_eq!(state(stopped.number()), Ok('T'), "a stopped child with the name \"a) Z 1 (b\"");
}

/// A name may have line breaks, and it may be empty.
fn step_2_a_name_of_several_lines() {
    for name in ODD_NAMES {
        let stopped = Child::stopped(|| rename_this_process(name));
        assert_eq!(state(stopped.number()), Ok('T'), "a stopped child with the name {name:?}");
    }
}

const ODD_NAMES: [&std::ffi::CStr; 5] = [c"a\n) Z 1\nb", c"\n", c"", c")", c"S S S"];

/// "café" in Latin-1, in which é is a byte that UTF-8 has in no such place. A program has this name
/// if its file has it.
const NOT_UTF8: &std::ffi::CStr = c"caf\xe9";

/// The kernel writes the bytes of the name into `stat` as they are.
fn step_2_a_name_that_is_not_utf8() {
    let stopped = Child::stopped(|| rename_this_process(NOT_UTF8));
    let what = "a stopped child whose name, \"caf\\xe9\", is not valid UTF-8";
    assert_eq!(state(stopped.number()), Ok('T'), "{what}");
}

#[cfg(target_os = "linux")]
fn rename_this_process(name: &std::ffi::CStr) {
    // SAFETY: the name lives until the call has returned.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

#[cfg(not(target_os = "linux"))]
fn rename_this_process(_: &std::ffi::CStr) {}

/// It was waited for, so its entry is gone.
fn step_2_no_such_process_is_an_error() {
    let child = Child::zombie();
    let number = child.number();
    drop(child);
    assert_eq!(state(number), Err(io::ErrorKind::NotFound), "a process that does not exist");
}

/// It ends after the file was opened and before it is read: ESRCH.
fn step_2_a_process_may_vanish() {
    let stopped = Child::stopped(|| ());
    let number = stopped.number();
    let gone = plant(Call::Read.every().in_parent().fails(Errno::ESRCH));
    let letter = state_of(number);
    let happened = gone.happened();
    drop(gone);
    let right = !happened || letter.is_err();
    assert!(right, "the process vanished before its file was read\ngot:    {letter:?}");
}

/// How many children of this process you find.
fn own_children() -> Result<usize, io::ErrorKind> {
    living_children(Pid::from_raw(number_in_proc())).map_err(|error| error.kind())
}

/// One that runs, one that is stopped and has an odd name, and a zombie, which has ended.
fn step_3_children_that_have_not_ended() {
    assert_eq!(own_children(), Ok(0), "a process without children");
    let _zombie = Child::zombie();
    assert_eq!(own_children(), Ok(0), "a process whose only child is a zombie");
    let _blocked = Child::blocked();
    assert_eq!(own_children(), Ok(1), "a zombie, and a child that reads from an empty pipe");
    let _stopped = Child::stopped(|| rename_this_process(c"a) Z 1 (b"));
    assert_eq!(own_children(), Ok(2), "both, and a stopped child with the name \"a) Z 1 (b\"");
}

/// Its files can be read, so it is not to be skipped.
fn step_3_a_child_whose_name_is_not_utf8() {
    let _stopped = Child::stopped(|| rename_this_process(NOT_UTF8));
    let what = "a process with a child whose name, \"caf\\xe9\", is not valid UTF-8";
    assert_eq!(own_children(), Ok(1), "{what}");
}

/// As in step 2.
fn step_3_a_child_with_an_odd_name() {
    for name in ODD_NAMES {
        let _stopped = Child::stopped(|| rename_this_process(name));
        assert_eq!(own_children(), Ok(1), "a process whose only child has the name {name:?}");
    }
}

/// The check's child has two children of its own.
fn step_3_a_grandchild_is_no_child() {
    let child = Child::new(|held| {
        let grandchildren = [Child::blocked(), Child::blocked()];
        held.tell(number_in_proc());
        held.wait();
        drop(grandchildren);
    });
    let number = child.number();
    let (own, its) = (own_children(), living_children(number).map_err(|error| error.kind()));
    child.let_go();
    child.until(libc::WEXITED);
    assert_eq!(own, Ok(1), "a process with a child, which has two children of its own");
    assert_eq!(its, Ok(2), "the child that has two children");
}

/// A file that you open, other than the first, is not there any more, as if its process had just been
/// waited for; or it is there, and cannot be read any more. It may be that of a child, so the number
/// may be less by 1; but this is no error, and the others count.
fn step_3_a_process_may_vanish() {
    let _blocked = [Child::blocked(), Child::blocked(), Child::blocked()];
    let own = Pid::from_raw(number_in_proc());
    for number in 2..=4 {
        let gone = Call::Open.nth(number).in_parent().fails(Errno::ENOENT);
        let unreadable = Call::Read.nth(number + 1).in_parent().fails(Errno::ESRCH);
        for rule in [gone, unreadable] {
            let vanished = plant(rule);
            let living = living_children(own);
            drop(vanished);
            let right = matches!(living, Ok(2 | 3));
            let what = "there are 3 children; one process vanished while you read its files";
            assert!(right, "{what}\ngot:    {living:?}");
        }
    }
}
