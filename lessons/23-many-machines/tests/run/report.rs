//! The report is the same, no matter which process counted.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::hosts::run_in;
use crate::running::{End, Running};
use crate::{folder_with, lesson, names};

fn run(command: &mut Command) -> End {
    Running::start(command).finish()
}

/// With as many files as make the shares differ.
#[test]
fn one_process_prints_what_the_exercise_prints() {
    let (folder, expected) = folder_with(11);
    for options in [&[][..], &["-w", "1"], &["-w", "2"], &["-w", "16"], &["--own", "-w", "3"]] {
        let end = run(lesson(folder.path()).args(options).args(names(11)));
        end.assert_code(0);
        assert_eq!(end.stdout, expected, "{options:?}");
        assert_eq!(end.stderr, "", "there is nobody else of whom to speak");
    }
}

#[test]
fn two_processes_print_the_same_and_say_who_took_which_files() {
    let (folder, expected) = folder_with(11);
    let names = names(11);
    let ends = run_in(&[folder.path(); 2], &[&names, &names], &[]);
    ends.iter().for_each(|end| end.assert_code(0));
    assert_eq!(ends[0].stdout, expected);
    assert_eq!(ends[1].stdout, "", "process 0 has the report");
    let took = [
        "process 0 of 2: takes 6 of 11 files: 1.txt 3.txt 5.txt 7.txt 9.txt 11.txt\n",
        "process 1 of 2: takes 5 of 11 files: 2.txt 4.txt 6.txt 8.txt 10.txt\n",
    ];
    for (end, took) in ends.iter().zip(took) {
        assert!(end.stderr.ends_with(took), "{}", end.stderr);
        assert_eq!(end.stderr.lines().count(), 2, "{}", end.stderr);
    }
}

#[test]
fn threads_in_processes_print_the_same() {
    let (folder, expected) = folder_with(30);
    let names = names(30);
    let ends = run_in(&[folder.path(); 3], &[&names, &names, &names], &["-w", "2"]);
    ends.iter().for_each(|end| end.assert_code(0));
    assert_eq!(ends[0].stdout, expected);
    let first = "process 0 of 3: takes 10 of 30 files: \
                 1.txt 2.txt 7.txt 8.txt 13.txt 14.txt 19.txt 20.txt and 2 more\n";
    assert!(ends[0].stderr.contains(first), "{}", ends[0].stderr);
}

/// More processes than files, and an empty file.
#[test]
fn a_process_may_have_nothing_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("1.txt"), "").expect("a new file");
    let names = names(1);
    let ends = run_in(&[folder.path(); 2], &[&names, &names], &[]);
    ends.iter().for_each(|end| end.assert_code(0));
    assert_eq!(ends[0].stdout, crate::files::expected_report(folder.path(), 1));
    assert!(ends[1].stderr.ends_with("takes 0 of 1 files:\n"), "{}", ends[1].stderr);
}

/// Each has its own folder, and in it what no other process has.
#[test]
fn own_files_are_counted_by_who_has_them_and_reported_in_the_order_of_the_processes() {
    let (all, expected) = folder_with(12);
    let names = names(12);
    let shares = [&names[..5], &names[5..6], &names[6..]];
    let folders = shares.map(|share| moved(all.path(), share));
    let paths: Vec<&Path> = folders.iter().map(tempfile::TempDir::path).collect();
    let ends = run_in(&paths, &shares, &["--own"]);
    ends.iter().for_each(|end| end.assert_code(0));
    assert_eq!(ends[0].stdout, expected);
    assert!(ends[1].stderr.ends_with("takes 1 of 1 files: 6.txt\n"), "{}", ends[1].stderr);
}

/// A new folder with these files.
fn moved(from: &Path, names: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        fs::rename(from.join(name), folder.path().join(name)).expect("moved");
    }
    folder
}

#[test]
fn a_file_that_cannot_be_read_has_a_row_and_the_rest_goes_on() {
    let (folder, _) = folder_with(6);
    fs::remove_file(folder.path().join("4.txt")).expect("removed");
    let expected = crate::files::expected_report(folder.path(), 6);
    assert!(expected.contains("4.txt        cannot be read: No such file"), "{expected}");
    let complaint = "1 of 6 files could not be counted; see their rows\n";
    let names = names(6);

    let alone = run(lesson(folder.path()).args(&names));
    let mut ends = run_in(&[folder.path(); 2], &[&names, &names], &[]);
    for end in [&alone, &ends[0]] {
        end.assert_code(1);
        assert_eq!(end.stdout, expected);
        assert!(end.stderr.ends_with(complaint), "{}", end.stderr);
    }
    ends.remove(1).assert_code(0);
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [
        ("two", "# both\n\n a:1\nb:2 \n"),
        ("none", "\n"),
        ("noport", "a:1\nb\n"),
        ("zero", "a:0\n"),
        ("twice", "a:1\na:1\n"),
    ] {
        fs::write(folder.path().join(name), text).expect("a new file");
    }
    for (args, complaint) in [
        ("-n 0 x", "-n must be a number from 1 to 64, not '0'"),
        ("-w 65 x", "-w must be a number from 1 to 64, not '65'"),
        ("-n 2 x", "which of the processes is this? Give -p 0 to -p 1"),
        ("-n 2 -p 2 x", "-p must be a number from 0 to 1, not '2'"),
        ("-p 1 x", "-p must be a number from 0 to 0, not '1'"),
        ("-h two x", "which of the processes is this? Give -p 0 to -p 1"),
        ("-h two -n 3 -p 0 x", "-n is 3, but two lists 2 hosts"),
        ("-h none x", "none has no line with HOST:PORT"),
        ("-h noport x", "noport contains 'b', which is not HOST:PORT"),
        ("-h zero x", "zero contains 'a:0', which is not HOST:PORT"),
        ("-h twice x", "twice lists a:1 twice"),
        ("-h missing x", "the hosts in missing cannot be read: No such file"),
        ("--limit 0 x", "--limit must be a number from 1 to 3600, not '0'"),
    ] {
        let end = run(lesson(folder.path()).args(args.split_whitespace()));
        end.assert_code(2);
        let first = end.stderr.lines().next().unwrap_or_default();
        assert!(first.contains(complaint), "{args}: {first}");
        assert!(end.stderr.contains("Usage: lesson-many-machines"), "{args}: {}", end.stderr);
        assert!(!end.stderr.contains("listens at"), "{args}: started\n{}", end.stderr);
    }
}
