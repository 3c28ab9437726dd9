//! What a run of the lesson shows. Page faults are counted; of times, only those are compared that
//! differ many times over, and each is the shortest of several runs.

#![cfg(target_os = "linux")]

use testkit::{Finished, Lesson};

/// The pages that are measured, one after the other.
const SMALL: usize = 0;
const HUGE: usize = 1;

fn run(mib: &str) -> Finished {
    let lesson = Lesson::new(env!("CARGO_BIN_EXE_lesson-copy-on-write"));
    let run = lesson.args(["--mib", mib]).run();
    run.assert_success();
    run
}

/// The numbers in the row that begins with `title`, of small pages or of huge ones.
fn row(run: &Finished, title: &str, pages: usize) -> Vec<f64> {
    let mut rows = run.stdout.lines().filter_map(|line| line.strip_prefix(title));
    let row = rows.nth(pages).unwrap_or_else(|| panic!("no {title:?}\n{}", run.stdout));
    row.split_whitespace().flat_map(str::parse).collect()
}

/// Whether two numbers of MiB are the same but for what the program itself needs.
fn about(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= 6.0
}

#[test]
fn a_fork_copies_no_page() {
    let run = run("64");
    for pages in [SMALL, HUGE] {
        let (before, after) =
            (row(&run, "before the fork", pages), row(&run, "after the fork", pages));
        assert!(about(before[0], 64.0) && about(before[1], 64.0), "{before:?}");
        let [rss, pss, _, child_rss, child_pss] = after[..] else { panic!("{after:?}") };
        assert!(about(rss, 64.0) && about(child_rss, 64.0), "each has all of it: {after:?}");
        assert!(about(pss, 32.0) && about(child_pss, 32.0), "each has half of it: {after:?}");
    }
}

#[test]
fn after_the_writes_there_are_two_copies() {
    let run = run("64");
    for pages in [SMALL, HUGE] {
        let row = row(&run, "after the writes", pages);
        let [_, pss, _, _, child_pss] = row[..] else { panic!("{row:?}") };
        assert!(about(pss, 64.0) && about(child_pss, 64.0), "{row:?}");
    }
}

/// A page fault for each of 16,384 pages, and none afterwards. A few more are those of the program's
/// own variables.
#[test]
fn only_the_first_write_to_a_page_faults() {
    let run = run("64");
    let faults = |title| row(&run, title, SMALL)[1];
    let first = faults("first write while the child lives");
    assert!((16_384.0..16_484.0).contains(&first), "{first} page faults");
    for other in ["write to each page, alone", "second write"] {
        assert!(faults(other) < 100.0, "{other}: {} page faults", faults(other));
    }
}

/// Fifteen to twenty times as long on the machines where this was measured.
#[test]
fn the_first_write_takes_several_times_as_long() {
    let runs: Vec<Finished> = (0..3).map(|_| run("64")).collect();
    let fastest =
        |title| runs.iter().map(|run| row(run, title, SMALL)[0]).fold(f64::INFINITY, f64::min);
    let first = fastest("first write while the child lives");
    for other in ["write to each page, alone", "second write"] {
        let other = fastest(other);
        assert!(first > 4.0 * other, "{first} ms and {other} ms");
    }
}

/// Huge pages are shared by the fork as they are; the first write splits each of them.
#[test]
fn a_huge_page_is_split_by_the_first_write() {
    let run = run("64");
    let huge = |title, pages| row(&run, title, pages)[2];
    assert_eq!(huge("before the fork", SMALL), 0.0);
    if huge("before the fork", HUGE) < 50.0 {
        return testkit::skip("huge pages: this kernel has given none");
    }
    assert!(about(huge("after the fork", HUGE), huge("before the fork", HUGE)));
    assert!(huge("after the writes", HUGE) <= huge("after the fork", HUGE), "{}", run.stdout);
}
