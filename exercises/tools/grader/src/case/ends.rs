//! How the processes of a case have ended so far, for a check that compares it.

use super::real;
use crate::shared::events::Kind;
use crate::shared::log::SharedLog;

/// The exit statuses of the processes that have ended by themselves so far, in the order of their ends;
/// this process and those that a signal ended are left out. Without the hooks, as outside a check, there
/// are none.
///
/// ```no_run
/// # fn run_in_child(_: impl FnOnce() -> u8) {}
/// run_in_child(|| 7);
/// assert_eq!(grader::exit_statuses(), [7], "the child's exit status");
/// ```
pub fn exit_statuses() -> Vec<i32> {
    let events = real::log().map(SharedLog::events).unwrap_or_default();
    let mut ends: Vec<(i32, Option<i32>)> = Vec::new();
    for event in events.into_iter().filter(|event| event.pid != real::own_pid()) {
        let status = match event.kind {
            Kind::Exit { status } => Some(status & 0xff),
            // What the kernel says, which may be another thing than what the process has tried.
            Kind::Reaped { status, .. } => {
                libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status))
            }
            _ => continue,
        };
        match ends.iter_mut().find(|(pid, _)| *pid == event.pid) {
            Some(end) => end.1 = status,
            None => ends.push((event.pid, status)),
        }
    }
    ends.into_iter().filter_map(|(_, status)| status).collect()
}
