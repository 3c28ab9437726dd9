//! The lesson as a reader runs it: what it prints, and that nothing of the program is left.
#![cfg(target_os = "linux")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-every-order");

fn run(args: &[&str]) -> Finished {
    Lesson::new(BINARY).args(args).run()
}

#[test]
fn two_outcomes_and_these_are_all() {
    let run = run(&["sh", "-c", "echo child & echo parent; wait"]);
    run.assert_success();
    assert!(run.stdout.contains("  | child\n  | parent\n"), "{}", run.stdout);
    assert!(run.stdout.contains("  | parent\n  | child\n"), "{}", run.stdout);
    assert!(run.stdout.contains("2 outcomes in "), "{}", run.stdout);
    assert!(run.stdout.contains("these are all"), "{}", run.stdout);
    assert!(run.lines().iter().all(|line| line.chars().count() <= 80), "{}", run.stdout);
}

/// A shell has a handler for SIGCHLD; `true` has none.
#[test]
fn a_handler_makes_a_condition() {
    let condition = "A signal handler ran at a system call.";
    let shell = run(&["sh", "-c", "echo child & echo parent; wait"]);
    assert!(shell.stdout.contains(condition), "{}", shell.stdout);
    let plain = run(&["true"]);
    assert!(!plain.stdout.contains(condition), "{}", plain.stdout);
}

#[test]
fn without_a_command_one_is_shown() {
    let run = run(&[]);
    run.assert_success();
    assert!(run.stdout.starts_with("No COMMAND was given; running this one: "), "{}", run.stdout);
    assert!(run.stdout.contains("2 outcomes in "), "{}", run.stdout);
}

#[test]
fn an_order_that_was_printed_can_be_replayed() {
    let command = ["sh", "-c", "echo child & echo parent; wait"];
    let found = run(&command);
    for part in found.stdout.split("--replay ").skip(1) {
        let order = part.split(')').next().unwrap();
        let first = run(&[["--replay", order].as_slice(), &command].concat());
        let again = run(&[["--replay", order].as_slice(), &command].concat());
        first.assert_success();
        assert_eq!(first.stdout, again.stdout);
    }
}

#[test]
fn an_order_of_another_program_is_refused() {
    let run = run(&["--replay", "0,9", "sh", "-c", "echo a & wait"]);
    run.assert_code(1);
    assert!(run.stderr.contains("child 9"), "{}", run.stderr);
    assert!(run.stderr.contains("step 2"), "{}", run.stderr);
}

#[test]
fn find_says_whether_it_can_happen() {
    let found = run(&["--find", "b\na", "sh", "-c", "echo a & echo b; wait"]);
    found.assert_code(0);
    let missing = run(&["--find", "c", "sh", "-c", "echo a & echo b; wait"]);
    missing.assert_code(1);
    assert!(missing.stdout.contains("it cannot happen"), "{}", missing.stdout);
}

#[test]
fn the_result_as_json() {
    let run = run(&["--json", "sh", "-c", "echo a & echo b; wait"]);
    run.assert_success();
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["proof"], true);
    assert_eq!(report["outcomes"].as_array().unwrap().len(), 2);
}

/// A program that loops for ever has limits, and its result is no proof.
#[test]
fn what_goes_on_for_ever_is_cut_off() {
    let run = run(&["--limit", "2", "sh", "-c", "while :; do echo; done"]);
    run.assert_success();
    assert!(run.stdout.contains("CUT OFF"), "{}", run.stdout);
    assert!(run.stdout.contains("No proof"), "{}", run.stdout);
}

#[test]
fn files_of_a_run_are_gone_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seed"), "0").unwrap();
    let script = "cat seed; (echo 1 > new) & test -e new && cat new; echo 2 > seed; wait";
    let run = Lesson::new(BINARY)
        .args(["--limit", "6", "sh", "-c", script])
        .in_folder(folder.path())
        .run();
    run.assert_code(0);
    assert!(!run.stdout.contains("differs"), "{}", run.stdout);
    assert_eq!(std::fs::read_to_string(folder.path().join("seed")).unwrap(), "0");
    assert!(!folder.path().join("new").exists());
}

/// A search that is killed, or one of its workers, leaves nothing of the program behind.
#[test]
fn nothing_is_left_when_the_search_is_killed() {
    for worker_instead in [false, true] {
        let mark = format!("97531{}", u8::from(worker_instead));
        let script = format!("while :; do :; done & while :; do :; done & sleep {mark}; wait");
        let mut search = Command::new(BINARY)
            .args(["--time", "100", "sh", "-c", &script])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(search.id().cast_signed());
        let mut left = || !processes_with(&mark).is_empty();
        wait_until(&mut left);
        let victim = if worker_instead { procinfo::children_of(pid).unwrap()[0] } else { pid };
        kill(victim, Signal::SIGKILL).unwrap();
        search.wait().unwrap();
        wait_until(&mut || processes_with(&mark).is_empty());
    }
}

/// The processes whose command line contains `mark`, without the search itself.
fn processes_with(mark: &str) -> Vec<Pid> {
    let is_marked = |pid: &Pid| {
        let words = procinfo::command_line(*pid).unwrap_or_default();
        let search = words.first().is_some_and(|word| word == BINARY);
        !search && words.iter().any(|word| word.to_string_lossy().contains(mark))
    };
    procinfo::pids().expect("the processes").into_iter().filter(is_marked).collect()
}

#[expect(clippy::disallowed_methods, reason = "it looks again in a while, and orders nothing")]
fn wait_until(done: &mut dyn FnMut() -> bool) {
    for _ in 0..1_500 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("not within half a minute");
}

/// Two processes, each with three lines: 20 outputs.
const TWO_BY_THREE: &str = "(echo a; echo b; echo c) & echo 1; echo 2; echo 3; wait";

fn json_of(args: &[&str]) -> Value {
    let run = run(&[&["--json"], args].concat());
    run.assert_success();
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[test]
fn random_orders_are_those_of_their_seed() {
    let orders = |seed: &str| {
        let args = ["--workers", "1", "--limit", "6", "--random", seed, "sh", "-c", TWO_BY_THREE];
        let found = json_of(&args);
        assert_eq!(found["runs"], 6);
        assert_eq!((&found["proof"], &found["exhausted"]), (&false.into(), &false.into()));
        found["outcomes"].clone()
    };
    assert_eq!(orders("1"), orders("1"));
    assert_ne!(orders("1"), orders("2"));
}

#[test]
fn a_limit_of_runs_is_kept_and_told() {
    let run = run(&["--limit", "3", "sh", "-c", TWO_BY_THREE]);
    run.assert_success();
    assert!(run.stdout.contains("stopped at a limit, so there may be more (3 runs"), "{run:?}");
}

/// A year of orders, and a second to try them.
#[test]
fn a_limit_of_time_is_kept_and_told() {
    let script = "for i in 1 2 3 4 5 6; do (echo a; echo b; echo c; echo d) & done; wait";
    let start = Instant::now();
    let run = run(&["--time", "1", "--limit", "100000000", "sh", "-c", script]);
    run.assert_success();
    assert!(run.stdout.contains("stopped at a limit, so there may be more"), "{}", run.stdout);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn the_first_outcome_without_a_text_ends_the_search() {
    let found = run(&["--not", "a\nb", "sh", "-c", "echo a & echo b; wait"]);
    found.assert_success();
    assert!(found.stdout.contains("outcome 1,") && !found.stdout.contains("outcome 2,"));
    assert!(found.stdout.contains("  | b\n  | a\n"), "{}", found.stdout);
    let none = run(&["--not", "b", "sh", "-c", "echo a & echo b; wait"]);
    none.assert_code(1);
    assert!(none.stdout.contains("not found") && none.stdout.contains("it cannot happen"));
}

#[test]
fn a_deadlock_is_found_by_its_name() {
    // The child waits for data that the parent would send after the child's end.
    let script = "mkfifo p; read x <p & wait; echo y >p";
    let run = run(&["--find", "DEADLOCK", "sh", "-c", script]);
    run.assert_success();
    assert!(run.stdout.contains("  | DEADLOCK: parent waits for "), "{}", run.stdout);
    assert!(run.lines().iter().any(|line| line.starts_with("found after 1 run")), "{}", run.stdout);
}

#[test]
fn a_timeline_has_a_row_for_each_process() {
    let drawn = run(&["--timeline", "sh", "-c", "echo a & wait"]);
    drawn.assert_success();
    for process in ["parent 1 ", "└─ child 1 "] {
        let row = drawn.lines().into_iter().find(|line| line.starts_with(process));
        assert!(row.is_some_and(|row| row.ends_with("exit 0")), "{}", drawn.stdout);
    }
    assert!(drawn.lines().iter().all(|line| line.chars().count() <= 80), "{}", drawn.stdout);
}

#[test]
fn a_drawing_goes_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("order.svg");
    let file = file.to_str().unwrap();
    let command = ["sh", "-c", "echo a & echo b; wait"];
    run(&[&["--svg", file], command.as_slice()].concat()).assert_success();
    let searched = std::fs::read_to_string(file).unwrap();
    assert!(searched.starts_with("<svg") && searched.contains("sh"), "{searched}");

    let found = json_of(&command);
    let order = found["outcomes"][1]["order"].as_str().unwrap();
    run(&[["--svg", file, "--replay", order].as_slice(), &command].concat()).assert_success();
    let replayed = std::fs::read_to_string(file).unwrap();
    assert!(replayed.starts_with("<svg") && replayed != searched, "{replayed}");

    let nowhere = run(&["--svg", "/no/such/folder/x.svg", "true"]);
    nowhere.assert_code(1);
    assert!(nowhere.stderr.contains("/no/such/folder/x.svg"), "{}", nowhere.stderr);
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    for args in [["true"].as_slice(), &["--json", "true"], &["--replay", "0", "true"]] {
        let run = Lesson::new(BINARY).args(args).writing_to("/dev/full").run();
        run.assert_code(1);
        assert!(run.stderr.contains("No space left"), "{}", run.stderr);
    }
}

/// The search needs no privilege.
#[test]
fn a_plain_user_finds_the_same() {
    let command = ["sh", "-c", "echo a & echo b; wait"];
    if !nix::unistd::geteuid().is_root() {
        return testkit::skip("the tests run as a plain user already");
    }
    // The user may not be allowed to reach the folder in which this was built.
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("lesson-every-order");
    // Another process writes the copy: a child that another test starts just then would inherit the
    // open file, and a file that is open for writing cannot be run.
    let copied = Command::new("cp").arg(BINARY).arg(&program).status().unwrap();
    assert!(copied.success());
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let run = Lesson::new("setpriv").args(user).args([program]).args(command);
    let run = run.in_folder(folder.path()).run();
    run.assert_success();
    assert!(
        run.stdout.contains("2 outcomes in ") && run.stdout.contains("these are all"),
        "{}",
        run.stdout
    );
}

/// Each run is bound to one processor, and the command is not to know.
#[test]
fn a_command_sees_all_processors() {
    let here = std::thread::available_parallelism().unwrap();
    let run = run(&["nproc"]);
    run.assert_success();
    assert!(run.stdout.contains(&format!("  | {here}\n")), "{}", run.stdout);
}

#[test]
fn an_interrupt_leaves_nothing_and_tells_how_far_it_came() {
    let script = "sleep 86421 & (echo a; echo b) & (echo c; echo d) & while :; do echo; done";
    let search = Command::new(BINARY)
        .args(["--time", "100", "sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(&mut || !processes_with("86421").is_empty());
    kill(Pid::from_raw(search.id().cast_signed()), Signal::SIGINT).unwrap();
    let ended = search.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.signal(), Some(Signal::SIGINT as i32), "{said}");
    assert!(said.starts_with("interrupted: ") && said.contains(" so far"), "{said}");
    assert_eq!(processes_with("86421"), []);
}

/// The numbers of the outcomes at the ends of the branches.
fn leaves(branches: &Value) -> Vec<u64> {
    match branches.as_u64() {
        Some(outcome) => vec![outcome],
        None => branches
            .as_array()
            .expect("branches")
            .iter()
            .flat_map(|one| leaves(&one["next"]))
            .collect(),
    }
}

/// Each order is a path from the root, and each outcome is at a leaf.
#[test]
fn the_tree_has_every_order() {
    let command = ["sh", "-c", "echo a & echo b; wait"];
    let found = json_of(&[["--all", "--tree"].as_slice(), &command].concat());
    let leaves = leaves(&found["tree"]);
    for (index, outcome) in found["outcomes"].as_array().unwrap().iter().enumerate() {
        let count = leaves.iter().filter(|leaf| **leaf == index as u64 + 1).count();
        assert_eq!(outcome["orders"], count, "{found}");
    }
    let drawn = run(&[["--tree"].as_slice(), &command].concat());
    assert!(drawn.lines().iter().any(|line| line.starts_with("└─ parent forks child 1")));
    assert!(drawn.stdout.contains("→ outcome 2"), "{}", drawn.stdout);
    assert!(drawn.lines().iter().all(|line| line.chars().count() <= 80), "{}", drawn.stdout);
}
