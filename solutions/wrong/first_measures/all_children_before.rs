//! Returns the whole account, in which all children before are too.
//!
//! base: reference
//! verdict: check failed
//! check: step_1_only_this_child_counts
//! says: an earlier child

use std::fs;
use std::io;
use std::process::exit;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// What a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From before the fork until the child had been waited for, by a clock.
    pub wall: Duration,
    /// Time on a core: user time and system time together.
    pub processor: Duration,
}

/// Step 1: calls `work` in a child, and measures it.
///
/// # Errors
///
/// The system's reason why it did not fork, or did not wait.
pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    let (start, before) = (Instant::now(), charged_to_children()?);
    // SAFETY: to be called in a process with one thread only, so that the child lacks no thread
    // that holds a lock. Here the checks see to that; a library would make it an `unsafe fn`.
    match unsafe { fork()? } {
        ForkResult::Child => {
            work();
            exit(0)
        }
        ForkResult::Parent { child } => waitpid(child, None)?, // the account changes here
    };
    Ok(Cost { wall: start.elapsed(), processor: charged_to_children()? })
}

/// The processor time of all children that this process has waited for.
fn charged_to_children() -> nix::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(duration(usage.user_time() + usage.system_time()))
}

/// Given: a time of the kernel's as a `Duration`. Two `TimeVal`s can be added.
pub fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000)
}

/// Step 2: the letter of the state of `process`.
///
/// # Errors
///
/// There is no such process.
pub fn state_of(process: Pid) -> io::Result<char> {
    let (state, _) = state_and_parent(process)?;
    Ok(state)
}

/// Step 3: how many children of `parent` have not ended.
///
/// # Errors
///
/// `/proc` cannot be read.
pub fn living_children(parent: Pid) -> io::Result<usize> {
    let mut living = 0;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Ok(number) = name.to_string_lossy().parse() else { continue }; // no process
        let Ok((state, its_parent)) = state_and_parent(Pid::from_raw(number)) else { continue }; // gone
        if its_parent == parent && state != 'Z' {
            living += 1;
        }
    }
    Ok(living)
}

/// The two fields behind the name, which ends with the last parenthesis of the line.
fn state_and_parent(process: Pid) -> io::Result<(char, Pid)> {
    let stat = fs::read(format!("/proc/{process}/stat"))?;
    let stat = String::from_utf8_lossy(&stat); // the name may be any bytes
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let mut fields = fields.split_whitespace();
    let state = fields.next().and_then(|field| field.chars().next());
    let parent = fields.next().and_then(|field| field.parse().ok());
    let strange = || io::Error::other("a line of another form");
    Ok((state.ok_or_else(strange)?, parent.map(Pid::from_raw).ok_or_else(strange)?))
}
