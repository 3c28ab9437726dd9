//! The exercises on copied and on shared memory.

use grader::Verdict;
use timeline::Kind;

use super::{files, is_an_end, run, time_of, times};

pub(super) fn calls_after_the_fork(verdict: &Verdict) -> String {
    let child = verdict.calls.children;
    format!(
        "After the fork, your child called write {} and opened {}. Which of the functions that \
         your child calls may take a lock, and how do you know that no thread of the parent held this \
         lock when the child was forked?\n",
        times(child.writes),
        files(child.opens)
    )
}

pub(super) fn opens_of_two(verdict: &Verdict) -> String {
    let [parent, children] =
        [verdict.calls.parent, verdict.calls.children].map(|calls| files(calls.opens));
    format!(
        "For two snapshots, the children opened {children} and the parent opened {parent}. If a \
         child is killed while it writes, which process knows the name of the unfinished file, and \
         when is this file removed?\n"
    )
}

pub(super) fn time_for_an_item(verdict: &Verdict) -> Option<String> {
    let (events, root) = run(verdict)?;
    let start = time_of(&events, |event| matches!(event.kind, Kind::Fork { .. }))?;
    let ends = events.iter().filter(|event| event.pid != root && is_an_end(&event.kind));
    let took = ends.map(|event| event.us).max()?.saturating_sub(start);
    let calls = verdict.calls.children.reads + verdict.calls.children.writes;
    Some(format!(
        "Your two workers did 20000 items in {took} µs, which is {} ns for each item, and called read \
         and write {} in all. In a pool that hands out the items, each of them costs about four of \
         these calls. Why would you choose such a pool nevertheless, for instance for pages that are \
         fetched from the internet?\n",
        took / 20,
        times(calls)
    ))
}
