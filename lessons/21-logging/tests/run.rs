//! What a run of the lesson shows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-logging");
const RIGHT: [&str; 3] = ["append.log", "parent.log", "merged.log"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A run that leaves its logs in `folder`.
fn run_in(folder: &Path, args: &[&str]) -> Finished {
    let folder = folder.to_str().expect("a plain path");
    let run = Lesson::new(BINARY).args([&["--dir", folder], args].concat()).run();
    run.assert_success();
    run
}

/// Lines written, found and torn, as the run says of this file.
fn counts(run: &Finished, file: &str) -> [usize; 3] {
    let start = format!("{file}: ");
    let lines = run.lines();
    let line = lines.iter().find_map(|line| line.trim_start().strip_prefix(&start)).expect(file);
    let numbers = line.split_whitespace().filter_map(|word| word.parse().ok());
    numbers.collect::<Vec<_>>().try_into().expect("three numbers")
}

fn read(folder: &Path, file: &str) -> String {
    String::from_utf8_lossy(&fs::read(folder.join(file)).expect(file)).into_owned()
}

/// A line of a log.
#[derive(Debug)]
struct Line<'a> {
    time: &'a str,
    level: &'a str,
    pid: u32,
    item: usize,
    step: usize,
    number: usize,
}

/// Reads a line strictly, with no help of the lesson's own code.
fn parse(text: &str) -> Option<Line<'_>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [time, level, pid, place, function, "item", item, "step", step, "my", "line", number] =
        words[..]
    else {
        return None;
    };
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let place_is_right = place.strip_prefix("work.rs:")?.parse::<u32>().is_ok();
    let whole = shape == "0000-00-00T00:00:00.000000Z"
        && ["DEBUG", "INFO"].contains(&level)
        && place_is_right
        && function == "work::work_on";
    whole.then_some(Line {
        time,
        level,
        pid: pid.parse().ok()?,
        item: item.strip_suffix(',')?.parse().ok()?,
        step: step.strip_suffix(',')?.parse().ok()?,
        number: number.parse().ok()?,
    })
}

/// Asserts that a log holds every step of every item once, and every process's lines in order.
fn assert_whole(log: &str, items: usize, workers: usize) {
    assert!(log.ends_with('\n') || items == 0);
    let lines: Vec<Line<'_>> = log.lines().map(|text| parse(text).expect(text)).collect();
    let mut steps: Vec<_> = lines.iter().map(|line| (line.item, line.step)).collect();
    steps.sort_unstable();
    let expected = (0..items).flat_map(|item| (1..=20).map(move |step| (item, step)));
    assert!(steps.into_iter().eq(expected), "each step of each item once");
    let mut last = BTreeMap::new();
    for line in &lines {
        let last = last.entry(line.pid).or_insert(0);
        assert_eq!(line.number, *last + 1, "a process's lines are in order: {line:?}");
        assert_eq!(line.level == "DEBUG", line.step == 1, "{line:?}");
        *last = line.number;
    }
    assert!(last.len() <= workers, "{last:?}");
}

#[test]
fn the_right_ways_keep_every_line_whole() {
    for (workers, items) in [("1", 7), ("5", 110), ("16", 50)] {
        let folder = folder();
        let run = run_in(folder.path(), &["--workers", workers, &items.to_string()]);
        for file in RIGHT {
            assert_eq!(counts(&run, file), [items * 20, items * 20, 0]);
            let workers = workers.parse().expect("a number");
            assert_whole(&read(folder.path(), file), items, workers);
        }
        assert_eq!(run.stdout.matches("The log is whole:").count(), 3, "{}", run.stdout);
    }
}

#[test]
fn five_workers_and_110_items_by_default() {
    let folder = folder();
    let run = run_in(folder.path(), &[]);
    assert!(run.lines()[0].ends_with(": workers 5, items 110"), "{}", run.stdout);
    assert_eq!(counts(&run, "append.log"), [2200, 2200, 0]);
}

#[test]
fn without_append_mode_lines_are_lost() {
    let folder = folder();
    let run = run_in(folder.path(), &[]);
    let [written, found, torn] = counts(&run, "lost.log");
    let log = read(folder.path(), "lost.log");
    assert_eq!(written, 2200);
    // Every worker gets something to do, and all begin at the start of the file.
    assert!(found < written, "{}", run.stdout);
    assert_eq!(log.split_inclusive('\n').count(), found + torn, "every line is one or the other");
    assert!(run.stdout.contains(&format!("{} lines are lost, or in pieces", written - found)));
}

#[test]
fn a_line_in_pieces_is_torn() {
    let folder = folder();
    let run = run_in(folder.path(), &["--workers", "8"]);
    let [written, found, torn] = counts(&run, "torn.log");
    let log = read(folder.path(), "torn.log");
    assert!(torn > 0 && found < written, "not once in twenty rounds:\n{}", run.stdout);
    let look_whole = log.lines().filter(|line| parse(line).is_some()).count();
    // Two blanks instead of one look whole here; to the lesson they are what they are: torn.
    assert!(found <= look_whole && look_whole < written, "{look_whole} and {}", run.stdout);
    assert_eq!(log.lines().count(), written, "in append mode, no byte is lost");
    assert_eq!(found + torn, written, "every line is one or the other");
    // In the file before this one no line need be torn: then it has no sample.
    let (_, section) = run.stdout.split_once("    torn.log: ").expect("its section");
    let sample = section.lines().nth(1).and_then(|line| line.strip_prefix("    torn: "));
    let sample = sample.expect("a sample").trim_end_matches('…');
    assert!(log.contains(sample), "{sample}");
}

/// One process alone cannot be disturbed, and the lesson does not pretend that it was.
#[test]
fn where_nothing_goes_wrong_the_lesson_says_so() {
    for args in [["--workers", "1", "9"], ["--workers", "3", "0"]] {
        let folder = folder();
        let run = run_in(folder.path(), &args);
        for file in ["lost.log", "torn.log"] {
            let [written, found, torn] = counts(&run, file);
            assert_eq!((written, torn), (found, 0));
        }
        assert_eq!(run.stdout.matches("Nothing went wrong this time.").count(), 2);
        assert!(!run.stdout.contains("in pieces:"), "{}", run.stdout);
    }
}

#[test]
fn every_process_has_its_own_counter() {
    let folder = folder();
    let run = run_in(folder.path(), &["--workers", "4", "60"]);
    let merged = read(folder.path(), "merged.log");
    let mut written: BTreeMap<u32, usize> = BTreeMap::new();
    for line in merged.lines() {
        *written.entry(parse(line).expect(line).pid).or_default() += 1;
    }
    let rest = run.stdout.split_once("\nCOUNTER: ").expect("the counters").1;
    let counter = |line: &str| {
        let (pid, lines) = line.trim().strip_prefix("worker ")?.split_once(": ")?;
        Some((pid.parse().ok()?, lines.parse().ok()?))
    };
    let counters: BTreeMap<u32, usize> = rest.lines().filter_map(counter).collect();
    assert_eq!(counters, written);
    let parent = run.lines()[0].split([' ', ':']).nth(1).expect("a PID");
    assert!(rest.contains(&format!("parent {parent}: 0\n")), "{}", run.stdout);
    assert!(rest.contains("the parent's would be 1200."), "{}", run.stdout);
}

#[test]
fn a_file_each_is_merged_by_time() {
    let folder = folder();
    // A run with more workers leaves more files behind, which the next one must not merge.
    run_in(folder.path(), &["--workers", "7", "30"]);
    run_in(folder.path(), &["--overwrite", "--workers", "3", "30"]);
    let merged = read(folder.path(), "merged.log");
    assert!(merged.lines().map(|line| parse(line).expect(line).time).is_sorted());
    let mut of_workers: Vec<String> = Vec::new();
    for number in 1..=3 {
        let log = read(folder.path(), &format!("worker-{number}.log"));
        let pids: Vec<u32> = log.lines().map(|line| parse(line).expect(line).pid).collect();
        assert!(pids.iter().all(|pid| *pid == pids[0]), "one process, one file");
        of_workers.extend(log.lines().map(str::to_owned));
    }
    let mut merged: Vec<&str> = merged.lines().collect();
    merged.sort_unstable();
    of_workers.sort_unstable();
    assert_eq!(merged, of_workers);
}

fn assert_empty(folder: &Path) {
    let left: Vec<_> = fs::read_dir(folder).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_temporary_folder_is_removed_in_the_end_and_on_ctrl_c() {
    let folder = folder();
    let lesson = || Lesson::new(BINARY).env("TMPDIR", folder.path()).args(["20"]);
    let run = lesson().run();
    run.assert_success();
    assert_empty(folder.path());
    // A run prints less than another where no line gets torn; all print three quarters of it.
    let all = run.stdout.len();
    for room in [0, all / 3, all / 2, all * 3 / 4] {
        let stuck = lesson().start_with_room_for(room).wait_until_stuck();
        stuck.interrupt().assert_interrupted();
        assert_empty(folder.path());
    }
}

/// A file that would grow over the limit: the system ends the worker with SIGXFSZ.
#[test]
fn a_log_that_cannot_be_written_is_an_error_and_no_child_is_left() {
    let folder = folder();
    let limited = "ulimit -c 0; ulimit -f 4; exec \"$0\"";
    let run = Lesson::new("sh").env("TMPDIR", folder.path()).args(["-c", limited, BINARY]).run();
    run.assert_code(1);
    assert!(run.stderr.contains("its worker, PID "), "{}", run.stderr);
    assert!(run.stderr.contains("was killed by SIGXFSZ"), "{}", run.stderr);
    assert_empty(folder.path());
}

/// With the signal ignored, the write fails instead, and the logger keeps the reason.
#[test]
fn a_line_that_cannot_be_written_is_reported_with_the_reason() {
    let limited = "trap '' XFSZ; ulimit -f 4; exec \"$0\"";
    let run = Lesson::new("sh").args(["-c", limited, BINARY]).run();
    run.assert_code(1);
    assert!(run.stderr.contains("writing the log failed: File too large"), "{}", run.stderr);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let run = Lesson::new(BINARY).args(["--dir", "/dev/null/logs"]).run();
    run.assert_code(1);
    assert!(run.stderr.contains("making '/dev/null/logs' failed: Not a directory"), "{run:?}");
}

#[test]
fn logs_that_are_there_are_kept_and_links_are_not_followed() {
    let folder = folder();
    fs::write(folder.path().join("precious"), "mine").expect("a new file");
    let link = folder.path().join("append.log");
    std::os::unix::fs::symlink("precious", &link).expect("a new link");
    let path = folder.path().to_str().expect("a plain path");
    let run = Lesson::new(BINARY).args(["--dir", path, "1"]).run();
    run.assert_code(1);
    assert!(run.stderr.contains("append.log already exists"), "{}", run.stderr);
    assert_eq!(read(folder.path(), "precious"), "mine");
}
