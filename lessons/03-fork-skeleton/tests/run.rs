//! What a run of the lesson shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::{Finished, Lesson};

fn lesson(folder: &Path, args: &[&str]) -> Finished {
    let lesson = Lesson::new(env!("CARGO_BIN_EXE_lesson-fork-skeleton"));
    lesson.in_folder(folder).args(args).run()
}

fn folder_with(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, "").expect("a new file");
    }
    folder
}

/// The number of each child, with its PID and its files as it printed them. Panics where the
/// lines of two children are mixed.
fn batches(run: &Finished) -> BTreeMap<usize, (String, Vec<String>)> {
    let mut batches = BTreeMap::new();
    for block in run.stdout.split("\nchild ").skip(1) {
        let block = block.split("\nparent").next().expect("BUG: a split has a part").trim_end();
        let (head, files) = block.split_once(':').expect("child N, PID P, files F:");
        let (number, head) = head.split_once(", PID ").expect("child N, PID P, files F:");
        let (pid, count) = head.split_once(", files ").expect("child N, PID P, files F:");
        let files: Vec<String> = files.lines().skip(1).map(|l| l.trim().to_owned()).collect();
        assert_eq!(files.len().to_string(), count, "{}", run.stdout);
        batches.insert(number.parse().expect("a number"), (pid.to_owned(), files));
    }
    batches
}

fn files_in_order(run: &Finished) -> Vec<String> {
    batches(run).into_values().flat_map(|(_, files)| files).collect()
}

#[test]
fn every_file_is_in_one_batch_and_every_batch_has_its_own_process() {
    let folder = folder_with(&["e", "b/2", "b/1", "a", "d", "c/x/y", "f"]);
    let run = lesson(folder.path(), &[".", "3"]);
    run.assert_success();
    let sizes: Vec<usize> = batches(&run).values().map(|(_, files)| files.len()).collect();
    assert_eq!(sizes, [2, 2, 3]);
    assert_eq!(files_in_order(&run), ["./a", "./b/1", "./b/2", "./c/x/y", "./d", "./e", "./f"]);
    let mut pids: BTreeSet<String> = batches(&run).into_values().map(|(pid, _)| pid).collect();
    let parent = run.lines()[0].split(&[' ', ':']).nth(1).unwrap().to_owned();
    pids.insert(parent.clone());
    assert_eq!(pids.len(), 4, "{}", run.stdout);
    assert_eq!(run.lines()[0], format!("parent {parent}: files 7, children 3"));
    assert_eq!(
        *run.lines().last().unwrap(),
        format!("parent {parent}: no child is left, and every batch is done")
    );
}

#[test]
fn four_children_and_this_folder_by_default() {
    let folder = folder_with(&["1", "2", "3", "4", "5"]);
    let run = lesson(folder.path(), &[]);
    run.assert_success();
    assert_eq!(batches(&run).len(), 4);
    assert_eq!(files_in_order(&run), ["./1", "./2", "./3", "./4", "./5"]);
}

#[test]
fn fewer_files_than_children_and_none_at_all() {
    let two = lesson(folder_with(&["1", "2"]).path(), &[".", "5"]);
    two.assert_success();
    assert_eq!(batches(&two).len(), 2);
    let none = lesson(folder_with(&[]).path(), &[]);
    none.assert_success();
    assert!(none.lines()[0].ends_with("files 0, children 0"), "{}", none.stdout);
    assert_eq!(none.lines().len(), 2);
}

#[test]
fn hidden_files_caches_and_links_are_left_out() {
    let files = ["seen", ".hidden", ".git/config", "target/CACHEDIR.TAG", "target/debug/x"];
    let folder = folder_with(&files);
    std::os::unix::fs::symlink("seen", folder.path().join("link")).unwrap();
    assert_eq!(files_in_order(&lesson(folder.path(), &[])), ["./seen"]);
    // The folder that was asked for is never left out.
    assert_eq!(files_in_order(&lesson(folder.path(), &[".git"])), [".git/config"]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let run = lesson(folder_with(&[]).path(), &["nowhere"]);
    run.assert_code(1);
    assert_eq!(run.stdout, "");
    let expected = "lesson-fork-skeleton: reading 'nowhere' failed: No such file or directory";
    assert!(run.stderr.starts_with(expected), "{}", run.stderr);
}

/// A path of more than 4096 bytes cannot be read, by root neither (`man 7 path_resolution`).
#[test]
fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
    let folder = folder_with(&["after", "before"]);
    let name = "deep".repeat(50);
    let script = format!("for i in $(seq 25); do mkdir {name} && cd -P {name} || exit 1; done");
    let made = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).status();
    assert!(made.unwrap().success());
    let run = lesson(folder.path(), &[]);
    run.assert_code(1);
    assert_eq!(files_in_order(&run), ["./after", "./before"]);
    assert!(run.stderr.contains("File name too long"), "{}", run.stderr);
    assert!(run.stderr.contains("could not be read"), "{}", run.stderr);
}

#[test]
fn a_long_batch_is_told_in_short() {
    let names: Vec<String> = (0..20).map(|i| format!("{i:03}")).collect();
    let folder = folder_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let run = lesson(folder.path(), &[".", "2"]);
    run.assert_success();
    assert_eq!(run.stdout.matches("\n    and 5 more\n").count(), 2, "{}", run.stdout);
    assert_eq!(run.lines().len(), 1 + 2 * (1 + 5 + 1) + 1, "{}", run.stdout);
}

#[test]
fn a_name_cannot_control_the_terminal() {
    let run = lesson(folder_with(&["a\nb\u{1b}[2J"]).path(), &[]);
    run.assert_success();
    assert!(run.stdout.contains("    ./a\\nb\\u{1b}[2J\n"), "{}", run.stdout);
}

#[test]
fn the_lines_of_a_child_stay_together() {
    let names: Vec<String> = (0..400).map(|i| format!("{i:03}")).collect();
    let folder = folder_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let run = lesson(folder.path(), &["--all", ".", "16"]);
    run.assert_success();
    assert_eq!(batches(&run).len(), 16);
    assert_eq!(files_in_order(&run).len(), 400);
}
