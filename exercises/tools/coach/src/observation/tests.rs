//! For each exercise a run as the checks report it, and the words that must be about it.

use std::fs;
use std::path::Path;

use grader::report::Status;
use grader::{CallCounts, Calls};

use super::*;

fn report(check: &str, verdict: Verdict) -> [CheckReport; 1] {
    let (exercise, check) = (String::new(), check.to_owned());
    [CheckReport {
        exercise,
        check,
        index: 0,
        status: Status::Passed,
        file: None,
        see: None,
        verdict,
    }]
}

fn question(exercise: &str, check: &str, verdict: Verdict) -> String {
    let question = of(exercise, &report(check, verdict));
    question.unwrap_or_else(|| panic!("no question about {exercise}"))
}

/// A run from its events: microseconds, process, and the rest of the line.
fn recorded(events: &[(u64, u32, &str)]) -> Verdict {
    let start = (0, 1, "\"start\",\"name\":\"parent\",\"source\":\"log\"");
    let lines = [start]
        .into_iter()
        .chain(events.iter().copied())
        .map(|(us, pid, event)| format!("{{\"us\":{us},\"pid\":{pid},\"event\":{event}}}\n"));
    Verdict { run: lines.collect(), ..Verdict::default() }
}

const FORK_2: &str = "\"fork\",\"child\":2,\"how\":\"fork\"";
const FORK_3: &str = "\"fork\",\"child\":3,\"how\":\"fork\"";
const EXIT: &str = "\"exit\",\"code\":0";
const REAP_2: &str = "\"reap\",\"child\":2";
const REAP_3: &str = "\"reap\",\"child\":3";

fn counted(parent: CallCounts, children: CallCounts) -> Verdict {
    Verdict { calls: Box::new(Calls { parent, children }), ..Verdict::default() }
}

#[test]
fn fork_basics_tells_how_long_a_zombie_was_there() {
    let run = recorded(&[(1, 1, FORK_2), (5, 2, EXIT), (48, 1, REAP_2)]);
    let question = question("fork_basics", "the_exit_status_is_returned", run);
    assert!(question.contains("child 2 was a zombie for 43 µs"), "{question}");
}

#[test]
fn many_forks_tells_how_many_had_ended_at_the_first_wait() {
    let run = [(1, 1, FORK_2), (2, 1, FORK_3), (5, 2, EXIT), (6, 3, EXIT), (7, 1, REAP_3)];
    let question = question("many_forks", "three_hundred_children", recorded(&run));
    assert!(question.contains("2 of them had ended"), "{question}");
}

#[test]
fn divide_jobs_tells_the_order_of_the_reaps() {
    let check = "the_statuses_are_in_the_order_of_the_batches";
    let forks = [(1, 1, FORK_2), (2, 1, FORK_3), (5, 2, EXIT), (6, 3, EXIT)];
    let reaped = |first, second| {
        let events = [&forks[..], &[(7, 1, first), (8, 1, second)]].concat();
        question("divide_jobs", check, recorded(&events))
    };
    let (in_order, as_they_ended) = (reaped(REAP_2, REAP_3), reaped(REAP_3, REAP_2));
    assert!(in_order.contains("order of their batches: 1, 2"), "{in_order}");
    assert!(as_they_ended.contains("in the order 2, 1"), "{as_they_ended}");
}

#[test]
fn wait_status_tells_how_often_it_looked() {
    let looked = |looks| {
        let parent = CallCounts { looks, ..CallCounts::default() };
        let check = "waiting_leaves_the_processor_to_others";
        question("wait_status", check, counted(parent, CallCounts::default()))
    };
    let (often, once) = (looked(19), looked(1));
    assert!(often.contains("checked 19 times") && often.contains("every 15 ms"), "{often}");
    assert!(once.contains("slept in a call"), "{once}");
}

#[test]
fn rerun_failed_tells_what_a_process_took() {
    let run =
        [(0, 1, FORK_2), (500, 1, REAP_2), (600, 1, FORK_3), (900, 3, EXIT), (1000, 1, REAP_3)];
    let question = question("rerun_failed", "many_tasks_and_no_limits", recorded(&run));
    assert!(question.contains("forked 2 children") && question.contains("500 µs"), "{question}");
}

#[test]
fn fork_random_tells_whether_children_ran_together() {
    let asked =
        |run: &[_]| question("fork_random", "more_children_than_a_byte_can_count", recorded(run));
    let alone = asked(&[(1, 1, FORK_2), (2, 1, REAP_2), (3, 1, FORK_3), (4, 1, REAP_3)]);
    let together = asked(&[(1, 1, FORK_2), (2, 1, FORK_3), (3, 1, REAP_2), (4, 1, REAP_3)]);
    assert!(alone.contains("two never ran"), "{alone}");
    assert!(together.contains("Up to 2 of your children"), "{together}");
}

#[test]
fn fork_return_data_tells_of_opens_and_writes() {
    let children = CallCounts { opens: 300, writes: 900, ..CallCounts::default() };
    let verdict = counted(CallCounts::default(), children);
    let question = question("fork_return_data", "three_hundred_children", verdict);
    assert!(question.contains("opened 300 files and called write 900 times"), "{question}");
}

#[test]
fn pipe_return_data_tells_a_read_for_each_byte_from_large_ones() {
    let asked = |reads, bytes_read| {
        let parent = CallCounts { reads, bytes_read, ..CallCounts::default() };
        let check = "several_results_larger_than_a_pipe_holds";
        question("pipe_return_data", check, counted(parent, CallCounts::default()))
    };
    let (bytes, blocks) = (asked(3_000_000, 3_000_000), asked(96, 96 << 15));
    assert!(bytes.contains("one byte per call"), "{bytes}");
    assert!(blocks.contains("32 KiB per call"), "{blocks}");
}

#[test]
fn a_pool_tells_of_calls_for_an_item() {
    let parent = CallCounts { writes: 40, reads: 40, ..CallCounts::default() };
    let children = CallCounts { writes: 80, reads: 43, ..CallCounts::default() };
    for exercise in ["pool_map", "mini_pool"] {
        let verdict = counted(parent, children);
        let question = question(exercise, "workers_take_item_after_item", verdict);
        assert!(question.contains("write 3.0 times and read 2.0 times"), "{question}");
    }
}

#[test]
fn process_files_tells_shares_from_single_rows() {
    let asked = |writes| {
        let children = CallCounts { writes, ..CallCounts::default() };
        let verdict = counted(CallCounts::default(), children);
        question("process_files", "three_hundred_files_and_four_workers", verdict)
    };
    let (shares, rows) = (asked(4), asked(300));
    assert!(shares.contains("in 4 calls of write"), "{shares}");
    assert!(rows.contains("called write 300 times"), "{rows}");
}

#[test]
fn fetch_urls_tells_what_travelled() {
    let children = CallCounts { bytes_written: 302 * 17, ..CallCounts::default() };
    let verdict = counted(CallCounts::default(), children);
    let question = question("fetch_urls", "limits_that_are_never_reached", verdict);
    assert!(question.contains("For each page, 17 bytes"), "{question}");
}

#[test]
fn shared_log_tells_whether_the_log_stays_open() {
    let asked = |opens| {
        let children = CallCounts { opens, ..CallCounts::default() };
        let verdict = counted(CallCounts::default(), children);
        question("shared_log", "every_process_opens_the_log_for_itself", verdict)
    };
    let (kept, anew) = (asked(4), asked(204));
    assert!(kept.contains("keeps its descriptor"), "{kept}");
    assert!(anew.contains("opened the log 204 times"), "{anew}");
}

#[test]
fn first_steps_tells_what_became_of_the_other_child() {
    let asked =
        |run: &[_]| question("first_steps", "step_4_both_run_at_the_same_time", recorded(run));
    let forks = [(1, 1, FORK_2), (2, 1, FORK_3)];
    let zombie = [&forks[..], &[(5, 3, EXIT), (6, 2, EXIT), (9, 1, REAP_2), (10, 1, REAP_3)]];
    let running = [&forks[..], &[(5, 3, EXIT), (6, 1, REAP_3), (9, 2, EXIT), (10, 1, REAP_2)]];
    let (zombie, running) = (asked(&zombie.concat()), asked(&running.concat()));
    assert!(zombie.contains("the first child first") && zombie.contains("for 4 µs"), "{zombie}");
    assert!(running.contains("the second child first"), "{running}");
    assert!(running.contains("the other one was still running"), "{running}");
}

/// The question about a run in which the parent asked so often in vain.
fn asked_in_vain(exercise: &str, check: &str, looks: u64) -> String {
    let parent = CallCounts { looks, ..CallCounts::default() };
    question(exercise, check, counted(parent, CallCounts::default()))
}

#[test]
fn answers_that_poll_are_told_from_those_that_sleep() {
    for (exercise, check) in [
        ("first_waits", "step_2_it_sleeps_while_it_waits"),
        ("run_with_limit", "an_end_is_noticed_soon"),
    ] {
        let (often, once) = (asked_in_vain(exercise, check, 73), asked_in_vain(exercise, check, 1));
        assert!(often.contains("asked 73 times in vain"), "{often}");
        assert!(once.contains("asked once in vain") && once.contains("slept until"), "{once}");
    }
}

#[test]
fn shutdown_tells_how_often_it_asked_after_sigterm() {
    let check = "all_items_that_were_begun_are_finished";
    let (some, none) = (asked_in_vain("shutdown", check, 3), asked_in_vain("shutdown", check, 0));
    assert!(some.contains("asked 3 times in vain"), "{some}");
    assert!(none.contains("did not ask once in vain"), "{none}");
}

#[test]
fn first_pipes_tells_reads_and_writes_of_a_mebibyte() {
    let parent = CallCounts { reads: 16, bytes_read: 1 << 20, ..CallCounts::default() };
    let children = CallCounts { writes: 1, ..CallCounts::default() };
    let verdict = counted(parent, children);
    let question = question("first_pipes", "step_2_a_text_larger_than_a_pipe_holds", verdict);
    assert!(question.contains("write once") && question.contains("read 16 times"), "{question}");
    assert!(question.contains("65536 bytes"), "{question}");
}

#[test]
fn first_measures_tells_a_list_from_a_walk() {
    let asked = |opens| {
        let parent = CallCounts { opens, ..CallCounts::default() };
        let verdict = counted(parent, CallCounts::default());
        question("first_measures", "step_3_children_that_have_not_ended", verdict)
    };
    let (list, walk) = (asked(2), asked(14));
    assert!(list.contains("opened 2 files") && list.contains("a list that the kernel keeps"));
    assert!(walk.contains("opened 14 files") && walk.contains("a thousand processes"), "{walk}");
}

#[test]
fn fix_the_fork_tells_what_the_child_called() {
    let children = CallCounts { writes: 1, opens: 2, ..CallCounts::default() };
    let verdict = counted(CallCounts::default(), children);
    let question = question("fix_the_fork", "the_child_adds", verdict);
    assert!(question.contains("called write once and opened 2 files"), "{question}");
}

#[test]
fn snapshot_tells_which_process_opens_the_files() {
    let opens = |opens| CallCounts { opens, ..CallCounts::default() };
    let verdict = counted(opens(1), opens(2));
    let question = question("snapshot", "a_second_snapshot_replaces_the_first", verdict);
    assert!(question.contains("children opened 2 files and the parent opened 1"), "{question}");
}

#[test]
fn shared_queue_tells_what_an_item_took() {
    let run =
        [(10, 1, FORK_2), (20, 1, FORK_3), (800, 2, EXIT), (1010, 3, EXIT), (1100, 1, REAP_2)];
    let question = question("shared_queue", "many_items", recorded(&run));
    assert!(question.contains("in 1000 µs, which is 50 ns for each item"), "{question}");
    assert!(question.contains("read and write 0 times"), "{question}");
}

#[test]
fn pipeline_tells_the_order_of_the_reaps() {
    let run = [(10, 1, FORK_2), (25, 1, FORK_3), (40, 1, REAP_3), (41, 1, REAP_2)];
    let question = question("pipeline", "a_mebibyte_passes", recorded(&run));
    assert!(
        question.contains("within 15 µs") && question.contains("the order 2, 1."),
        "{question}"
    );
}

#[test]
fn prefork_tells_whether_old_and_new_workers_met() {
    let asked = |run: &[_]| question("prefork", "sighup_replaces_all_workers", recorded(run));
    let fork = |us, child: u32| (us, 1, format!("\"fork\",\"child\":{child},\"how\":\"fork\""));
    let forks: Vec<_> = (2..6).map(|child| fork(child.into(), child)).collect();
    let forks: Vec<_> = forks.iter().map(|(us, pid, event)| (*us, *pid, event.as_str())).collect();
    let (three, four) = (asked(&forks[..3]), asked(&forks));
    assert!(three.contains("at most 3 workers"), "{three}");
    assert!(four.contains("up to 4 workers"), "{four}");
}

#[test]
fn mini_make_tells_a_file_from_a_pipe() {
    let asked = |reads| {
        let parent = CallCounts { reads, bytes_read: 1 << 20, ..CallCounts::default() };
        question("mini_make", "step_2_a_mebibyte", counted(parent, CallCounts::default()))
    };
    let (file, pipe) = (asked(2), asked(32));
    assert!(file.contains("read 2 times") && file.contains("so the log was in a file"), "{file}");
    assert!(pipe.contains("read 32 times, for 32768 bytes"), "{pipe}");
}

#[test]
fn tiny_shell_tells_how_long_an_echo_took() {
    let run = [(10, 1, FORK_2), (700, 2, EXIT), (710, 1, REAP_2), (720, 1, FORK_3)];
    let question = question("tiny_shell", "step_1_each_line_runs_a_program", recorded(&run));
    assert!(question.contains("`echo one` took 700 µs"), "{question}");
}

/// A check that got another name would leave its exercise without a question.
#[test]
fn the_checks_that_are_looked_at_exist() {
    let (source, _) = include_str!("../observation.rs").split_once("/// The events of").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let arms: Vec<&str> = source.split("\n        \"").skip(1).collect();
    for arm in &arms {
        let exercise = arm.split('"').next().unwrap();
        let (_, check) = arm.split_once("verdict(\"").unwrap();
        let check = check.split('"').next().unwrap();
        let files = [format!("{exercise}.rs"), format!("{exercise}/recipe.rs")];
        let has = |file: &String| {
            let text = fs::read_to_string(root.join("tests/checks").join(file));
            text.unwrap_or_default().contains(&format!("check!({check})"))
        };
        assert!(files.iter().any(has), "{exercise} has no check {check}");
    }
    let toml = fs::read_to_string(root.join("exercises.toml")).unwrap();
    let exercises = toml.lines().filter_map(|line| line.strip_prefix("name = \""));
    let all = arms.concat();
    for exercise in exercises.map(|line| line.trim_end_matches('"')) {
        let is_there = source.contains(&format!("\"{exercise}\"")) || exercise == "predict";
        assert!(is_there, "no question about {exercise} in\n{all}");
    }
}
