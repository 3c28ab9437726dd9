//! The exercises that run programs, serve clients or listen to signals.

use grader::Verdict;
use timeline::Kind;

use super::{forked, most_children, order, reaped, run, time_of, times};

pub(super) fn order_in_a_pipeline(verdict: &Verdict) -> Option<String> {
    let (events, root) = run(verdict)?;
    let (forked, reaped) = (forked(&events, root), reaped(&events, root));
    let fork = |pid: &u32| {
        time_of(&events, |e| matches!(e.kind, Kind::Fork { child, .. } if child == *pid))
    };
    let within = fork(forked.last()?)?.saturating_sub(fork(forked.first()?)?);
    Some(format!(
        "Your function forked three programs within {within} µs, and reaped them in the order {}. In \
         `sleep 3600 | false`, when does your function learn that `false` has failed, and what would \
         you change so that it learns this at once?\n",
        order(&forked, &reaped)
    ))
}

pub(super) fn questions_in_time(verdict: &Verdict) -> String {
    match verdict.calls.parent.looks {
        looks @ 0..=2 => format!(
            "While a program ran for 0.1 s, your function asked {} in vain whether it had ended, so it \
             slept until the end or the limit. How does your function tell these two apart, and what \
             happens if both come at the same moment?\n",
            times(looks)
        ),
        looks => format!(
            "While a program ran for 0.1 s, your function asked {looks} times in vain whether it had \
             ended. How many questions would it ask in an hour, and what would you lose by asking less \
             often?\n"
        ),
    }
}

pub(super) fn ends_after_sigterm(verdict: &Verdict) -> String {
    match verdict.calls.parent.looks {
        0 => "After SIGTERM, your function did not ask once in vain whether a child had ended. If two \
              children end while SIGCHLD is blocked, this signal is pending only once. How does your \
              function learn that the second child has ended?\n"
            .to_owned(),
        looks => format!(
            "While three children came to their end after SIGTERM, your function asked {} in vain \
             whether one had ended. What would it overlook if it asked only once for each SIGCHLD?\n",
            times(looks)
        ),
    }
}

pub(super) fn old_and_new_workers(verdict: &Verdict) -> Option<String> {
    let (events, _) = run(verdict)?;
    Some(match most_children(&events) {
        most @ 0..=3 => format!(
            "While SIGHUP replaced three workers, at most {most} workers existed at the same time, so \
             the old ones ended before the new ones were forked. What happened to a client that \
             connected in between, and where did it wait?\n"
        ),
        most => format!(
            "While SIGHUP replaced three workers, up to {most} workers existed at the same time, so old \
             and new ones served clients side by side. What must a worker not claim for itself alone \
             if this is to work?\n"
        ),
    })
}

/// A read from a pipe gives no more than the pipe holds.
const PIPE: u64 = 1 << 16;

pub(super) fn reads_of_a_log(verdict: &Verdict) -> String {
    let parent = verdict.calls.parent;
    let each = parent.bytes_read.checked_div(parent.reads).unwrap_or_default();
    if each > PIPE {
        format!(
            "Your function read a log of 1 MiB by calling read {}, which no pipe allows, so the log was \
             in a file. What happens to a recipe that prints when there is no space left on the disk, \
             and what does your function report then?\n",
            times(parent.reads)
        )
    } else {
        format!(
            "Your function read a log of 1 MiB by calling read {}, for {each} bytes on average. If the \
             log comes through a pipe and the recipe leaves behind a process that keeps its standard \
             output open, when does your function reach the end of the log?\n",
            times(parent.reads)
        )
    }
}

pub(super) fn time_of_an_echo(verdict: &Verdict) -> Option<String> {
    let (events, root) = run(verdict)?;
    let first = *forked(&events, root).first()?;
    let fork = time_of(&events, |e| matches!(e.kind, Kind::Fork { child, .. } if child == first))?;
    let reap = time_of(&events, |e| matches!(e.kind, Kind::Reap { child } if child == first))?;
    Some(format!(
        "In your shell, `echo one` took {} µs from its fork to its reap. Other shells run `echo` \
         without a process. Which commands must a shell run itself, and what would `cd` change if it \
         were a program?\n",
        reap.saturating_sub(fork)
    ))
}
