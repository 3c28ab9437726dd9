//! Processes of the check's own, beside those of the function under test: they are not counted,
//! and what becomes of them is looked at.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::fstat;
use nix::unistd::Pid;

use super::real;
use crate::shared::events::Kind;
use crate::sys;

/// A child of the process that calls the function, which the function has not forked and must
/// leave alone. A program may well have such a child: a function that waits for any child takes
/// it, one that waits until there is no child never returns, and one that looks its PID up in a
/// map does not find it.
///
/// When it is dropped, the check fails with the verdict `not your child` if the function has
/// waited for it, or has ended it.
///
/// ```no_run
/// use grader::Stranger;
/// # fn run_in_child(_: impl FnOnce() -> u8) -> u8 { 3 }
///
/// fn a_child_of_the_caller_is_left_alone() {
///     for _stranger in [Stranger::alive(), Stranger::zombie()] {
///         assert_eq!(run_in_child(|| 3), 3);
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Stranger {
    pid: Pid,
    parent: Pid,
    is_zombie: bool,
}

impl Stranger {
    /// A child that lives until this value is dropped. It holds no descriptor open.
    ///
    /// # Panics
    ///
    /// If it cannot be forked.
    pub fn alive() -> Stranger {
        let parent = real::own();
        let child = fork_own(1);
        if child == 0 {
            let _ = procinfo::die_with(parent, Signal::SIGKILL);
            sys::close_all();
            loop {
                nix::unistd::pause();
            }
        }
        Stranger::new(child, parent, false)
    }

    /// A child that has ended with status 0, and that its parent has not waited for.
    ///
    /// # Panics
    ///
    /// If it cannot be forked.
    pub fn zombie() -> Stranger {
        let parent = real::own();
        let child = fork_own(1);
        if child == 0 {
            real::exit_unrecorded(0);
        }
        let stranger = Stranger::new(child, parent, true);
        let _ = real::look_at_child(child, true);
        stranger
    }

    fn new(pid: i32, parent: Pid, is_zombie: bool) -> Stranger {
        if let Some(log) = real::log() {
            log.record(pid, Kind::Stranger {});
        }
        Stranger { pid: Pid::from_raw(pid), parent, is_zombie }
    }

    /// Its PID.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether it has ended. One that was killed a moment ago may not have done so yet: SIGSTOP tells
    /// it from one that lives, because SIGKILL comes first.
    fn has_ended(&self) -> nix::Result<bool> {
        let ended = real::look_at_child(self.pid.as_raw(), false)?;
        if ended {
            return Ok(true);
        }
        let _ = kill(self.pid, Signal::SIGSTOP); // it is our child, and not reaped
        real::ends_instead_of_stopping(self.pid.as_raw())
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        if real::own() != self.parent {
            return; // this is a forked copy of the check
        }
        let found = self.has_ended();
        let reaped = found == Err(Errno::ECHILD);
        let ended = found == Ok(true) && !self.is_zombie;
        if let (Some(log), true) = (real::log(), reaped || ended) {
            log.record(self.pid.as_raw(), Kind::StrangerGone { reaped: reaped.into() });
        }
        if !reaped {
            end_own(self.pid);
            let _ = real::wait_unrecorded(self.pid.as_raw(), 0);
        }
    }
}

/// A process that does something for the check, such as a server that the function asks. It is no
/// child of the process that runs the check, and it is not counted.
///
/// ```no_run
/// use grader::Helper;
/// # fn serve() {}
///
/// let _server = Helper::start(|| serve()); // killed when it is dropped
/// ```
#[derive(Debug)]
pub struct Helper {
    pid: Pid,
    parent: Pid,
}

impl Helper {
    /// Runs `work` in a process of its own until it returns or this value is dropped. The process
    /// inherits all descriptors that are open now, so start it before you make pipes.
    ///
    /// # Panics
    ///
    /// If it cannot be forked.
    pub fn start(work: impl FnOnce()) -> Helper {
        let parent = real::own();
        let (mut reader, mut writer) = std::io::pipe().expect("a pipe for the check's helper");
        let between = fork_own(2);
        if between == 0 {
            drop(reader);
            let helper = real::fork_unrecorded();
            if helper == 0 {
                drop(writer);
                let _ = catch_unwind(AssertUnwindSafe(work));
            } else {
                let _ = writer.write_all(&helper.to_ne_bytes());
            }
            real::exit_unrecorded(0);
        }
        drop(writer);
        let mut bytes = [0; 4];
        let read = reader.read_exact(&mut bytes);
        let _ = real::wait_unrecorded(between, 0);
        let pid = i32::from_ne_bytes(bytes);
        assert!(read.is_ok() && pid > 0, "the check's helper cannot be forked");
        if let Some(log) = real::log() {
            log.record(pid, Kind::Helper {});
        }
        Helper { pid: Pid::from_raw(pid), parent }
    }

    /// Its PID.
    pub fn pid(&self) -> Pid {
        self.pid
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if real::own() == self.parent {
            end_own(self.pid);
        }
    }
}

/// Says that this process, which the check has forked by itself, works for the check: in a verdict it
/// is drawn as such, and not as an orphan of the function. [`Helper`] does that, and is not counted.
pub fn declare_helper() {
    if let Some(log) = real::log() {
        log.record(real::own().as_raw(), Kind::Helper {});
    }
}

/// Says that the function under test has waited for `child`, a child of its caller's that had ended
/// before. It may do that where the task says so; but if it has taken that child for one of its own,
/// the verdict has to tell.
pub fn note_taken(child: Pid) {
    if let Some(log) = real::log() {
        log.record(child.as_raw(), Kind::ZombieTaken {});
    }
}

/// Says that a pipe is the check's own, as one by which it holds a child up: when a function hangs,
/// the verdict then does not speak of the ends of a pipe that its author has never seen.
///
/// ```no_run
/// let (reader, writer) = std::io::pipe().expect("a pipe for the check");
/// grader::own_pipe(&reader);
/// ```
pub fn own_pipe(end: impl AsFd) {
    if let (Some(log), Ok(stat)) = (real::log(), fstat(end)) {
        let inode = stat.st_ino as i32;
        log.record(real::own().as_raw(), Kind::CheckPipe { inode });
    }
}

fn end_own(pid: Pid) {
    let _ = kill(pid, Signal::SIGKILL); // it may have ended by itself
}

/// Forks one of the next `count` processes that are not to be counted.
fn fork_own(count: u32) -> i32 {
    if let Some(log) = real::log() {
        log.do_not_count(real::own().as_raw(), count);
    }
    let child = real::fork_unrecorded();
    assert!(child >= 0, "a fork of the check: {}", Errno::last());
    child
}
