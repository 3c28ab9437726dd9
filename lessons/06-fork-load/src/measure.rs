//! Times: wall time, and the processor time that the system has charged to the children.

use std::time::{Duration, Instant};

use lesson_cli::Failure;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

/// What one run took, and what it counted.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) children: usize,
    pub(crate) steps: u64,
    pub(crate) wall: Duration,
    /// Processor time in the children's own code, all of them together.
    pub(crate) user: Duration,
    /// Processor time in the kernel on their behalf: forking, memory, pipes.
    pub(crate) system: Duration,
}

impl Run {
    /// How many times faster than `one` this run was, in wall time.
    pub(crate) fn speed_up(&self, one: &Run) -> f64 {
        one.wall.as_secs_f64() / self.wall.as_secs_f64()
    }

    /// The share that the children had of the cores they could have kept busy; 1 is all.
    pub(crate) fn share_of_cores(&self) -> f64 {
        let busy = self.children.min(cores()) as f64;
        (self.user + self.system).as_secs_f64() / (busy * self.wall.as_secs_f64())
    }
}

/// Measures `work`, which forks `children` and waits for them.
pub(crate) fn run(
    children: usize,
    work: impl FnOnce() -> Result<u64, Failure>,
) -> Result<Run, Failure> {
    let before = charged_to_children()?;
    let start = Instant::now();
    let steps = work()?;
    let wall = start.elapsed();
    let after = charged_to_children()?;
    Ok(Run { children, steps, wall, user: after.0 - before.0, system: after.1 - before.1 })
}

/// User and system time of all children waited for so far (`man 2 getrusage`): the system adds
/// a child's times to this account at the moment of the wait, so ask before and after.
fn charged_to_children() -> Result<(Duration, Duration), Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|errno| Failure::system("getrusage", errno))?;
    Ok((duration(usage.user_time()), duration(usage.system_time())))
}

fn duration(time: TimeVal) -> Duration {
    let micros = time.num_microseconds().try_into();
    Duration::from_micros(micros.expect("BUG: the system charges no negative time"))
}

/// How many cores this process may use, which a limit can make fewer than the machine has.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}
