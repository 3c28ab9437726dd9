//! The exercises in small steps.

use grader::Verdict;
use timeline::Kind;

use super::{files, forked, is_an_end, reaped, run, time_of, times};

pub(super) fn two_waits(verdict: &Verdict) -> Option<String> {
    let (events, root) = run(verdict)?;
    let (forked, reaped) = (forked(&events, root), reaped(&events, root));
    let ([first, _], [earlier, later]) = (forked.as_slice(), reaped.as_slice()) else {
        return None;
    };
    let reap = time_of(&events, |e| matches!(e.kind, Kind::Reap { child } if child == *earlier))?;
    let end = time_of(&events, |e| e.pid == *later && is_an_end(&e.kind))?;
    let which = if earlier == first { "first" } else { "second" };
    let other = match reap.checked_sub(end) {
        Some(time) => format!("had been a zombie for {time} µs"),
        None => "was still running".to_owned(),
    };
    Some(format!(
        "In one check, your function reaped the {which} child first. At this moment, the other one \
         {other}. Does the order of the two waits change what your function returns, or how long \
         it takes?\n"
    ))
}

pub(super) fn two_children(verdict: &Verdict) -> String {
    match verdict.calls.parent.looks {
        looks @ 0..=2 => format!(
            "While two children ran for 0.2 s, your function asked {} in vain whether one of them \
             had ended, so it slept until something woke it. What woke it, and would it also wake if \
             a child ended just before your function went to sleep?\n",
            times(looks)
        ),
        looks => format!(
            "In 0.2 s, your function asked {looks} times in vain whether one of two children had \
             ended. How many questions would it ask for a hundred children, and how late can it \
             notice an end?\n"
        ),
    }
}

pub(super) fn a_mebibyte(verdict: &Verdict) -> String {
    let (parent, child) = (verdict.calls.parent, verdict.calls.children);
    let each = parent.bytes_read.checked_div(parent.reads).unwrap_or_default();
    format!(
        "For a text of 1 MiB, your child called write {} and your parent called read {}, for {each} \
         bytes on average. By default, a pipe holds 64 KiB. Which of the two processes waited for \
         the other one, and in which call?\n",
        times(child.writes),
        times(parent.reads)
    )
}

pub(super) fn files_of_proc(verdict: &Verdict) -> String {
    match verdict.calls.parent.opens {
        opens @ 0..=3 => format!(
            "Your function opened {} to find the children of a process, so it read a list that the \
             kernel keeps. When does this list leave out a child (man 5 \
             proc_pid_task_tid_children)?\n",
            files(opens)
        ),
        opens => format!(
            "Your function opened {opens} files to find the children of a process. How many would it \
             open on a machine with a thousand processes, and what can happen to a process between \
             the moment you find its number and the moment you open its file?\n"
        ),
    }
}
