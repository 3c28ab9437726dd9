//! The rules that every lesson keeps, tried on each one as a reader would run it. A new lesson
//! joins by one line in the table.
//!
//! ```text
//! cargo test -p lesson-rules --test rules pipes             one lesson
//! cargo test -p lesson-rules --test rules ends_on_ctrl_c    one rule
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::row::{RULES, Row};

#[macro_use]
mod row;

fn main() -> ExitCode {
    let tried = ROWS.iter().flat_map(|(lesson, row)| {
        RULES.iter().map(move |&(rule, check)| {
            Trial::test(format!("{lesson}::{rule}"), move || {
                check(row);
                Ok(())
            })
        })
    });
    let table = Trial::test("every_lesson_is_in_the_table", every_lesson_is_in_the_table);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert_with(testkit::programs_at_a_time);
    libtest_mimic::run(&arguments, tried.chain([table]).collect()).exit_code()
}

const ROWS: &[(&str, Row)] = rows! {
    // lesson          package                 arguments                 wrong ones       one too many      forks
    fork_basics:        ("lesson-fork-basics",   [],                       ["--nothing"],   ["one"],          1),
    many_forks:         ("lesson-many-forks",    ["3"],                    ["three"],       ["3", "4"],       3),
    fork_skeleton:      ("lesson-fork-skeleton", ["tests", "3"],           ["tests", "x"],  ["tests", "3", "4"], 3),
    waitpid:            ("lesson-waitpid",       [],                       ["ghost"],       ["status", "1"],  3),
    pipes:              ("lesson-pipes",         [],                       ["--keep"],      ["--hold", "1"], 1),
    fork_load:          ("lesson-fork-load",     ["2", "--size", "1000"],  ["two"],         ["2", "3"],       2),
    fork_random:        ("lesson-fork-random",   [],                       ["--seed", "x"], ["one"],          3),
    // Nothing is too much for these three, which run a command.
    monitoring:         ("lesson-monitoring",    ["--every", "0.5", "sleep", "2"], ["--every", "0"], ["--every", "9999"], 1,
                         ["--every", "0.1", "sleep", "3000"]),
    timeline:           ("lesson-timeline",      ["--", "true"],           ["--nothing"],   ["--from", "a", "b"], 1),
    // Its workers are two, whatever the machine; the third fork is the command's.
    every_order:        ("lesson-every-order",   ["--workers", "2", "sh", "-c", "echo a & echo b; wait"], ["--limit", "0", "true"], ["--time", "0"], 3),
    exec:               ("lesson-exec",          [],                       ["reports"],     ["report", "1"], 1),
    signals:            ("lesson-signals",       ["2"],                    ["two"],         ["2", "3"],      2, ["1000"]),
    process_groups:     ("lesson-process-groups", [],                      ["none"],        ["2", "3"],      1),
    copy_on_write:      ("lesson-copy-on-write", ["--mib", "16"],          ["--mib", "x"],  ["--mib", "16", "1"], 1),
    marshalling:        ("lesson-marshalling",   [],                       ["perl"],        ["raw", "child"], 1),
    marshalling_python: ("lesson-marshalling",   ["python"],               ["--python"],    ["python", "3"],  1),
    shared_memory:      ("lesson-shared-memory", [],                       ["ghost"],       ["lock", "1"],   4),
    pool:               ("lesson-pool",          ["11", "3"],              ["eleven"],      ["11", "3", "4"], 3),
    // As many files as you like.
    pool_files:         ("lesson-pool-files",    ["--workers", "2", "tests/rules"], ["--workers", "x", "."], ["--workers", "0"], 2),
    pool_load:          ("lesson-pool-load",     ["--workers", "3", "10"], ["ten"],         ["10", "3"],      3),
    pool_async:         ("lesson-pool-async",    [],                       ["starmap"],     ["imap", "3"],    3),
    logging:            ("lesson-logging",       ["--workers", "3", "20"], ["many"],        ["20", "3"],      3),
    prefork_server:     ("lesson-prefork-server", ["2"],                   ["two"],         ["2", "3"],      2),
    // It forks nothing; what the system can refuse is the threads of its workers.
    many_machines:      ("lesson-many-machines", ["-w", "2", "tests"],     ["-w", "x", "tests"], ["-w", "0"],   2),
};

/// No lesson is forgotten in the table.
fn every_lesson_is_in_the_table() -> Result<(), Failed> {
    let lessons = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in std::fs::read_dir(lessons)? {
        let name = folder?.file_name().into_string().expect("a plain name");
        if let Some((number, lesson)) = name.split_once('-')
            && number.parse::<u32>().is_ok()
        {
            let package = format!("lesson-{lesson}");
            if !ROWS.iter().any(|(_, row)| row.package == package) {
                return Err(format!("{package} is missing in the table of rules").into());
            }
        }
    }
    Ok(())
}
