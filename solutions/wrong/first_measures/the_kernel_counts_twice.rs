//! Adds the time in the kernel twice.
//!
//! base: reference
//! verdict: check failed
//! check: step_1_a_child_that_sleeps or step_1_time_in_the_kernel_counts or step_1_a_child_that_computes
//! says: the child ran for

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// The time that a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From before the fork until the wait for the child returned, by a clock.
    pub wall: Duration,
    /// Time on a core: the sum of user time and system time.
    pub processor: Duration,
}

/// Step 1: calls `work` in a child, and measures how long it takes.
///
/// # Errors
///
/// Fails if the fork or the wait fails.
pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    let (start, before) = (Instant::now(), charged_to_children()?);
    // SAFETY: to be called only in a process with one thread, so that no lock is held by a thread
    // that the child lacks. The checks ensure this; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            work();
            exit(0)
        }
        ForkResult::Parent { child } => waitpid(child, None)?, // the total changes here
    };
    Ok(Cost { wall: start.elapsed(), processor: charged_to_children()? - before })
}

/// The total processor time of all children that this process has waited for.
fn charged_to_children() -> nix::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(duration(usage.user_time() + usage.system_time() + usage.system_time()))
}

/// Given: converts the kernel's `TimeVal` to a `Duration`. Two `TimeVal`s can be added.
pub fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000)
}

/// Step 2: the letter that stands for the state of `process`.
///
/// # Errors
///
/// Fails if there is no such process.
pub fn state_of(process: Pid) -> io::Result<char> {
    let (state, _) = state_and_parent(process)?;
    Ok(state)
}

/// Step 3: the number of children of `parent` that have not ended.
///
/// # Errors
///
/// Fails if `/proc` cannot be read.
pub fn living_children(parent: Pid) -> io::Result<usize> {
    let mut living = 0;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Ok(number) = name.to_string_lossy().parse() else { continue }; // not a process
        let Ok((state, its_parent)) = state_and_parent(Pid::from_raw(number)) else { continue };
        if its_parent == parent && state != 'Z' {
            living += 1;
        }
    }
    Ok(living)
}

/// The two fields after the name, which ends at the last closing parenthesis of the line.
fn state_and_parent(process: Pid) -> io::Result<(char, Pid)> {
    let stat = fs::read(format!("/proc/{process}/stat"))?;
    let stat = String::from_utf8_lossy(&stat); // the name may contain any bytes
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let mut fields = fields.split_whitespace();
    let state = fields.next().and_then(|field| field.chars().next());
    let parent = fields.next().and_then(|field| field.parse().ok());
    let strange = || io::Error::other("a line of another form");
    Ok((state.ok_or_else(strange)?, parent.map(Pid::from_raw).ok_or_else(strange)?))
}
