//! What stood out in the checks of a right answer, for each exercise: a question that names what this
//! answer's processes did.

use std::collections::HashMap;

use grader::Verdict;
use grader::report::CheckReport;
use timeline::{Event, Kind};

mod memory;
mod programs;
mod steps;

/// The question about this exercise; `None` if the check that it looks at was not run.
pub(crate) fn of(exercise: &str, reports: &[CheckReport]) -> Option<String> {
    let verdict = |check: &str| {
        let report = reports.iter().find(|report| report.check == check)?;
        Some(&report.verdict)
    };
    match exercise {
        "fork_basics" => zombie_time(verdict("the_exit_status_is_returned")?),
        "many_forks" => zombies_at_the_first_reap(verdict("three_hundred_children")?),
        "divide_jobs" => {
            order_of_the_reaps(verdict("the_statuses_are_in_the_order_of_the_batches")?)
        }
        "wait_status" => Some(looks(verdict("waiting_leaves_the_processor_to_others")?)),
        "rerun_failed" => time_for_a_process(verdict("many_tasks_and_no_limits")?),
        "fork_random" => most_at_once(verdict("more_children_than_a_byte_can_count")?),
        "fork_return_data" => Some(writes_to_a_file(verdict("three_hundred_children")?)),
        "pipe_return_data" => {
            Some(reads_from_pipes(verdict("several_results_larger_than_a_pipe_holds")?))
        }
        "mini_pool" | "pool_map" => {
            Some(calls_for_an_item(verdict("workers_take_item_after_item")?))
        }
        "process_files" => {
            Some(messages_with_rows(verdict("three_hundred_files_and_four_workers")?))
        }
        "fetch_urls" => Some(bytes_for_a_page(verdict("limits_that_are_never_reached")?)),
        "shared_log" => Some(opens_of_the_log(verdict("every_process_opens_the_log_for_itself")?)),
        _ => of_the_others(exercise, &verdict),
    }
}

fn of_the_others<'a>(
    exercise: &str,
    verdict: &dyn Fn(&str) -> Option<&'a Verdict>,
) -> Option<String> {
    match exercise {
        "first_steps" => steps::two_waits(verdict("step_4_both_run_at_the_same_time")?),
        "first_waits" => Some(steps::two_children(verdict("step_2_it_sleeps_while_it_waits")?)),
        "first_pipes" => {
            Some(steps::a_mebibyte(verdict("step_2_a_text_larger_than_a_pipe_holds")?))
        }
        "first_measures" => {
            Some(steps::files_of_proc(verdict("step_3_children_that_have_not_ended")?))
        }
        "fix_the_fork" => Some(memory::calls_after_the_fork(verdict("the_child_adds")?)),
        "snapshot" => Some(memory::opens_of_two(verdict("a_second_snapshot_replaces_the_first")?)),
        "shared_queue" => memory::time_for_an_item(verdict("many_items")?),
        "pipeline" => programs::order_in_a_pipeline(verdict("a_mebibyte_passes")?),
        "run_with_limit" => Some(programs::questions_in_time(verdict("an_end_is_noticed_soon")?)),
        "shutdown" => {
            Some(programs::ends_after_sigterm(verdict("all_items_that_were_begun_are_finished")?))
        }
        "prefork" => programs::old_and_new_workers(verdict("sighup_replaces_all_workers")?),
        "mini_make" => Some(programs::reads_of_a_log(verdict("step_2_a_mebibyte")?)),
        "tiny_shell" => programs::time_of_an_echo(verdict("step_1_each_line_runs_a_program")?),
        _ => None,
    }
}

/// The events of the run, and the process that called the function.
fn run(verdict: &Verdict) -> Option<(Vec<Event>, u32)> {
    let events = timeline::json::read(verdict.run.as_bytes()).ok()?;
    let root = events.first()?.pid;
    Some((events, root))
}

fn is_an_end(kind: &Kind) -> bool {
    matches!(kind, Kind::Exit { .. } | Kind::Killed { .. })
}

/// The children of `parent`, in the order of their forks.
fn forked(events: &[Event], parent: u32) -> Vec<u32> {
    let of_parent = events.iter().filter(|event| event.pid == parent);
    let child = |event: &Event| match event.kind {
        Kind::Fork { child, .. } => Some(child),
        _ => None,
    };
    of_parent.filter_map(child).collect()
}

/// The children of `parent`, in the order in which it reaped them.
fn reaped(events: &[Event], parent: u32) -> Vec<u32> {
    let of_parent = events.iter().filter(|event| event.pid == parent);
    let child = |event: &Event| match event.kind {
        Kind::Reap { child } => Some(child),
        _ => None,
    };
    of_parent.filter_map(child).collect()
}

/// The places of `reaped` among `forked`, counted from 1, as in `2, 1, 3`.
fn order(forked: &[u32], reaped: &[u32]) -> String {
    let place = |pid: &u32| forked.iter().position(|other| other == pid).map(|place| place + 1);
    let order: Vec<String> = reaped.iter().filter_map(place).map(|n| n.to_string()).collect();
    order.join(", ")
}

/// When something happened for the first time, in microseconds.
fn time_of(events: &[Event], is_it: impl Fn(&Event) -> bool) -> Option<u64> {
    events.iter().find(|event| is_it(event)).map(|event| event.us)
}

/// How many children existed at the same time, those that were not reaped yet among them.
fn most_children(events: &[Event]) -> i64 {
    let (mut alive, mut most) = (0, 0);
    for event in events {
        match event.kind {
            Kind::Fork { .. } => alive += 1,
            Kind::Reap { .. } => alive -= 1,
            _ => {}
        }
        most = most.max(alive);
    }
    most
}

/// As in `once` or `5 times`.
fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// As in `1 file` or `5 files`.
fn files(opens: u64) -> String {
    grader::count(opens as usize, "file", "files")
}

fn zombie_time(verdict: &Verdict) -> Option<String> {
    let (events, _) = run(verdict)?;
    let ends: HashMap<u32, u64> =
        events.iter().filter(|event| is_an_end(&event.kind)).map(|e| (e.pid, e.us)).collect();
    let times = events.iter().filter_map(|event| match event.kind {
        Kind::Reap { child } => Some((child, event.us.saturating_sub(*ends.get(&child)?))),
        _ => None,
    });
    let (child, longest) = times.max_by_key(|(_, time)| *time)?;
    Some(format!(
        "Between its end and your waitpid, child {child} was a zombie for {longest} µs. What did the \
         kernel keep during this time, and for how long would it keep it if your function returned \
         without a wait and the caller ran for a week?\n"
    ))
}

fn zombies_at_the_first_reap(verdict: &Verdict) -> Option<String> {
    let (events, root) = run(verdict)?;
    let first = events.iter().position(|e| matches!(e.kind, Kind::Reap { .. }))?;
    let ended = events[..first].iter().filter(|e| e.pid != root && is_an_end(&e.kind)).count();
    Some(format!(
        "When your function reaped the first of 300 children, {}. Which limit does a zombie count \
         towards, and what would your function return if it were asked for a million children?\n",
        grader::count(ended, "had ended and was a zombie", "of them had ended and were zombies")
    ))
}

fn order_of_the_reaps(verdict: &Verdict) -> Option<String> {
    let (events, root) = run(verdict)?;
    let (forked, reaped) = (forked(&events, root), reaped(&events, root));
    let order = order(&forked, &reaped);
    Some(if reaped == forked {
        format!(
            "Your function reaped the children in the order of their batches: {order}. If the child \
             of the first batch worked for an hour and the last one failed at once, when would the \
             caller learn of this failure?\n"
        )
    } else {
        format!(
            "Your function reaped the children as they ended, in the order {order}, and then sorted \
             the statuses into the order of the batches. The caller receives nothing before all have \
             ended. What does it gain compared with one waitpid after the other?\n"
        )
    })
}

fn looks(verdict: &Verdict) -> String {
    match verdict.calls.parent.looks {
        0..=2 => "While the child worked, your function slept in a call that returns when the child \
                  ends, instead of polling. Which systems have this call, and what would your function \
                  do on the others?\n"
            .to_owned(),
        looks => format!(
            "In 0.3 s your function checked {looks} times whether the child had ended, which is about \
             every {} ms. How late can it notice an end, and what would it cost to be ten times as \
             fast?\n",
            300 / looks
        ),
    }
}

fn time_for_a_process(verdict: &Verdict) -> Option<String> {
    let (events, _) = run(verdict)?;
    let forks = events.iter().filter(|e| matches!(e.kind, Kind::Fork { .. })).count() as u64;
    let took = events.last()?.us.saturating_sub(events.first()?.us);
    let each = took.checked_div(forks)?;
    Some(format!(
        "Your function forked {forks} children for 305 attempts without any work, which took {each} µs \
         for each child. How long must a task be for this cost not to matter, and what would you lose \
         if a child took several tasks?\n"
    ))
}

fn most_at_once(verdict: &Verdict) -> Option<String> {
    let (events, _) = run(verdict)?;
    let most = most_children(&events);
    Some(if most <= 1 {
        "Your function waited for each child before it forked the next, so two never ran at the same \
         time. If each worked for a minute, how would you let them run together, and would the \
         numbers of `repeatable` still be the same?\n"
            .to_owned()
    } else {
        format!(
            "Up to {most} of your children existed at the same time. Could the order in which they end \
             change the result of `repeatable`? What in your function rules this out?\n"
        )
    })
}

fn writes_to_a_file(verdict: &Verdict) -> String {
    let children = verdict.calls.children;
    format!(
        "300 children opened {} and called write {}. If another program reads the folder \
         at the wrong moment, in which states can it find a result's file, and how could you ensure \
         that it finds only complete ones?\n",
        files(children.opens),
        times(children.writes)
    )
}

fn reads_from_pipes(verdict: &Verdict) -> String {
    let parent = verdict.calls.parent;
    let each = parent.bytes_read.checked_div(parent.reads).unwrap_or_default();
    match each {
        0..512 => format!(
            "Your function called read {} for {}, which is {} per call. What does a system \
             call cost, and how would you ask for more bytes at a time?\n",
            times(parent.reads),
            grader::count(parent.bytes_read as usize, "byte", "bytes"),
            if each == 1 { "one byte".to_owned() } else { format!("{each} bytes") }
        ),
        _ => format!(
            "Your function called read {} for 3 MiB, which is {} KiB per call. By default, a pipe \
             holds 64 KiB. While your function read from the first child, what did the two others \
             do, and what happens if the first child is slow?\n",
            times(parent.reads),
            each / 1024
        ),
    }
}

fn calls_for_an_item(verdict: &Verdict) -> String {
    let (parent, children) = (verdict.calls.parent, verdict.calls.children);
    let each = |calls: u64| format!("{}.{}", calls / 40, calls % 40 / 4);
    format!(
        "For each of 40 items, your processes called write {} times and read {} times on average. For \
         an item that takes 2 µs of work, this is hardly worthwhile. How would your protocol change \
         if a worker received ten items at a time, and what would a worker's death cost then?\n",
        each(parent.writes + children.writes),
        each(parent.reads + children.reads)
    )
}

fn messages_with_rows(verdict: &Verdict) -> String {
    match verdict.calls.children.writes {
        writes @ 0..150 => format!(
            "Your four children sent the rows of 300 files in {writes} calls of write, because each \
             child sent all its rows at the end. If one child had all the large files, how long would \
             the caller wait, and what would the three others do in the meantime?\n"
        ),
        writes => format!(
            "Your four children called write {writes} times for the rows of 300 files. How many of these \
             calls could be saved, and what is the advantage of separate rows over a whole share of rows \
             when a child dies?\n"
        ),
    }
}

fn bytes_for_a_page(verdict: &Verdict) -> String {
    let bytes = verdict.calls.children.bytes_written / 302;
    format!(
        "For each page, {bytes} bytes travelled from a worker to the parent. In your answer, which of \
         the two processes decodes the page and searches for the title? Would this be the right one \
         for a hundred pages of 2 MB per second?\n"
    )
}

fn opens_of_the_log(verdict: &Verdict) -> String {
    match verdict.calls.children.opens {
        opens @ 0..=20 => format!(
            "Four processes wrote 200 lines and opened the log {}, so each keeps its descriptor. \
             If another program renames the file at midnight and creates a new one with the old name, \
             where do your lines go from then on?\n",
            times(opens)
        ),
        opens => format!(
            "Four processes wrote 200 lines and opened the log {opens} times. What do you gain by opening it \
             for each line when another program renames the file at midnight, and what happens if the \
             folder is not available at that moment?\n"
        ),
    }
}

#[cfg(test)]
mod tests;
