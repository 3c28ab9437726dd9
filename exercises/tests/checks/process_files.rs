//! What your functions in `process_files` must do. The checks run in folders of their own.

use std::collections::HashSet;
use std::env::{current_dir, set_current_dir};
use std::path::Path;
use std::time::Duration;
use std::{fs, process};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, mkfifo};

use super::answers::process_files::{count_digits, make_files, report_by_one, report_by_several};

#[path = "edges.rs"]
mod edges;
#[path = "process_files/faults.rs"]
mod faults;
#[path = "process_files/making.rs"]
mod making;
#[path = "tools.rs"]
mod tools;
use edges::{NO_CHILD_TO_WAIT_FOR, ODD, OddFolder};
use faults::{
    a_call_may_transfer_a_part, a_child_may_die_at_any_moment, a_connection_that_cannot_be_made,
    a_file_that_fails_in_the_middle_is_a_row, a_fork_that_fails_amid_others,
    a_fork_that_fails_is_an_error, a_row_may_be_cut_off, a_signal_interrupts_every_call,
    a_wait_that_fails, no_other_process_reads_the_file, whichever_fork_fails,
};
use making::{
    a_disk_may_be_full, a_file_may_be_written_in_parts, a_seed_gives_the_same_files_again,
    files_have_the_sizes_given, many_digits_and_seeds_of_64_bits,
};
use tools::{LITTLE, Zombie, count};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(crate) fn suite() -> Suite {
    Suite::new(
        "process_files",
        [
            check!(all_digits_are_counted).forks(0),
            check!(files_have_the_sizes_given).forks(0).in_empty_folder(),
            check!(a_seed_gives_the_same_files_again)
                .forks(0)
                .in_empty_folder()
                .see("fork-random.md#repeatable"),
            check!(the_report_of_one_process).forks(0).in_empty_folder(),
            check!(a_single_worker_reads_the_files_too).forks(1).in_empty_folder(),
            check!(two_processes_in_any_order)
                .in_every_order()
                .forks(2)
                .in_empty_folder()
                .see("pipes.md#one-write-is-not-one-read"),
            check!(several_processes_give_the_same_report)
                .forks(3 + 1 + 5)
                .in_empty_folder()
                .see("pool-files.md#order"),
            check!(the_folder_may_have_any_name).forks(2).in_empty_folder(),
            check!(several_processes_read_at_the_same_time)
                .may_leave_a_daemon()
                .within(Duration::from_secs(2))
                .if_it_hangs(
                    "The files are named pipes, and a process of the check fills the last one first. Fork all\n\
                     children before you read the first result, so that each child reads its own file.",
                )
                .in_empty_folder()
                .see("many-forks.md#wait-later"),
            check!(three_hundred_files_and_four_workers)
                .within(Duration::from_secs(15))
                .forks(4)
                .in_empty_folder()
                .see("pool-files.md#order"),
            check!(a_file_that_cannot_be_read_is_a_row)
                .forks(2)
                .in_empty_folder()
                .see("pool-files.md#files-that-cannot-be-read"),
            check!(a_file_that_fails_in_the_middle_is_a_row)
                .forks(4)
                .in_empty_folder()
                .see("pool-files.md#files-that-cannot-be-read"),
            check!(empty_files_count_as_zero).forks(2).in_empty_folder(),
            check!(many_digits_and_seeds_of_64_bits).forks(0).in_empty_folder(),
            check!(a_file_may_have_any_size).forks(2).in_empty_folder(),
            check!(a_file_may_be_written_in_parts).forks(0).in_empty_folder(),
            check!(a_disk_may_be_full).forks(0).in_empty_folder(),
            check!(a_child_may_die_at_any_moment)
                .within(Duration::from_secs(8))
                .in_empty_folder()
                .see("pool.md#a-worker-that-dies"),
            check!(no_other_process_reads_the_file)
                .in_empty_folder()
                .see("pool.md#a-worker-that-dies"),
            check!(a_row_may_be_cut_off)
                .within(Duration::from_secs(5))
                .in_empty_folder()
                .see("marshalling.md#damaged-data"),
            check!(a_call_may_transfer_a_part)
                .plant(Call::Write.every().on_pipes().short(50))
                .plant(Call::Read.every().on_pipes().short(30))
                .plant(Call::Read.every().on_files().short(70))
                .forks(2)
                .in_empty_folder()
                .see("pipes.md#the-program"),
            check!(a_signal_interrupts_every_call)
                .plant(Call::Wait.two_of_three().in_parent().interrupted())
                .plant(Call::Poll.two_of_three().in_parent().interrupted())
                .plant(Call::Read.two_of_three().interrupted())
                .plant(Call::Write.two_of_three().on_pipes().interrupted())
                .in_empty_folder()
                .see("waitpid.md#eintr"),
            check!(the_parent_sleeps_while_it_waits)
                .uses_at_most(LITTLE)
                .may_leave_a_daemon()
                .in_empty_folder()
                .see("pool-files.md#order"),
            check!(limits_that_are_never_reached).forks(2).in_empty_folder(),
            check!(a_child_of_the_caller_is_left_alone)
                .forks(2)
                .in_empty_folder()
                .see("waitpid.md#one-child-or-any"),
            check!(an_ended_child_of_the_caller_is_left_alone)
                .forks(1 + 2)
                .in_empty_folder()
                .see("waitpid.md#one-child-or-any"),
            check!(a_connection_that_cannot_be_made).in_empty_folder(),
            check!(a_wait_that_fails)
                .if_it_hangs(NO_CHILD_TO_WAIT_FOR)
                .in_empty_folder()
                .see("waitpid.md#eintr"),
            check!(a_fork_that_fails_is_an_error)
                .forks(1)
                .fork_fails(2)
                .in_empty_folder()
                .see("many-forks.md#a-fork-that-fails"),
            check!(whichever_fork_fails)
                .in_empty_folder()
                .see("many-forks.md#a-fork-that-fails"),
            check!(a_fork_that_fails_amid_others).in_empty_folder().see("many-forks.md#a-fork-that-fails"),
        ],
    )
}

fn here() -> &'static Path {
    Path::new(".")
}

/// Creates files with your function, and reports errors.
fn make(files: usize, lines: usize, longest: usize, seed: u64) {
    let made = make_files(here(), files, lines, longest, seed).map_err(|error| error.to_string());
    assert_eq!(made, Ok(()), "make_files(\".\", {files}, {lines}, {longest}, {seed})");
}

/// The content of a file, which is then removed.
fn take(number: usize) -> String {
    let name = format!("{number}.txt");
    let Ok(text) = fs::read_to_string(&name) else { panic!("{name} cannot be read as text") };
    assert!(fs::remove_file(&name).is_ok(), "{name} can be removed");
    text
}

fn take_all(files: usize) -> Vec<String> {
    (1..=files).map(take).collect()
}

fn several(files: usize, workers: usize) -> Result<String, String> {
    report_by_several(here(), files, workers).map_err(|error| error.to_string())
}

/// Shows the first line that differs.
fn assert_same(got: &str, wanted: &str, what: &str) {
    let (mut ours, mut theirs) = (wanted.lines(), got.lines());
    for number in 1.. {
        match (theirs.next(), ours.next()) {
            (None, None) => break,
            (got, wanted) if got == wanted => {}
            (got, wanted) => {
                let [got, wanted] = [got, wanted].map(|line| line.unwrap_or("(no such line)"));
                panic!("{what}: line {number} differs\ngot:    {got}\nwanted: {wanted}");
            }
        }
    }
    assert_eq!(got, wanted, "{what}");
}

/// Two small files and two children, in every order of their steps and those of your function.
fn two_processes_in_any_order() {
    let _ = fs::write("1.txt", "1\n").and_then(|()| fs::write("2.txt", "22\n"));
    let (one, two) = (report_by_one(here(), 2), several(2, 2));
    for name in ["1.txt", "2.txt"] {
        let _ = fs::remove_file(name);
    }
    assert_same_report(&two, &one, "two files, two workers");
}

/// Compares with a report of several processes.
fn assert_same_report(got: &Result<String, String>, wanted: &str, what: &str) {
    match got {
        Ok(got) => assert_same(got, wanted, what),
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Every digit of a line counts, not only its first, and letters do not.
fn all_digits_are_counted() {
    let counts = count_digits(b"9 lives, 99 names\n0x1F; 2024-10-03\r\n\xff7\xb3");
    assert_eq!(counts, [4, 2, 2, 1, 1, 0, 0, 1, 0, 3]);
    assert_eq!(count_digits(b""), [0; 10], "an empty slice");
}

const REPORT: &str = "\
file               0       1       2       3       4       5       6       7       8       9
1.txt              1       2       1       0       0       0       0       0       0       1
2.txt              0       0       0       3       0       0       0       0       0       0
total              1       2       1       3       0       0       0       0       0       1
";

/// The format is described above your functions, and `report` is given.
fn the_report_of_one_process() {
    let _ = fs::write("1.txt", "a10\n1b\n29");
    let _ = fs::write("2.txt", "333 men");
    let report = report_by_one(here(), 2);
    take_all(2);
    assert_same(&report, REPORT, "the report on two files");
}

/// The folder is another one than that of the process, and its name need not be text. The process stays where it
/// is, also if a fork fails.
fn the_folder_may_have_any_name() {
    let folder = OddFolder::new();
    let made = make_files(&folder, 2, 10, 60, 7).map_err(|error| error.to_string());
    assert_eq!(made, Ok(()), "make_files in a folder {ODD}");
    let one = report_by_one(&folder, 2);
    let report = report_by_several(&folder, 2, 2).map_err(|error| error.to_string());
    let before = current_dir().expect("the check's own folder");
    let refused = plant(Call::Fork.nth(1).in_parent().fails(Errno::EAGAIN));
    let failed = report_by_several(&folder, 2, 2).is_err();
    drop(refused);
    let after = current_dir();
    set_current_dir(&before).expect("the check's own folder");
    let there = ["1.txt", "2.txt"].map(|name| fs::read_to_string(folder.join(name)));
    for name in ["1.txt", "2.txt"] {
        let _ = fs::remove_file(folder.join(name));
    }
    make(2, 10, 60, 7);
    let here = take_all(2);
    assert!(
        there.iter().zip(&here).all(|(there, here)| there.as_ref().is_ok_and(|it| it == here)),
        "make_files did not make the same files in a folder {ODD}"
    );
    assert!(failed, "a fork failed with EAGAIN");
    assert_eq!(after.ok(), Some(before), "the working directory after a fork had failed");
    assert!(!one.contains("cannot be read"), "the files are in a folder {ODD}\ngot:    {one}");
    assert_same_report(&report, &one, "2 files in another folder, 2 workers");
}

/// Whatever happens to the reader of a file must not affect the caller, even with only one child.
fn a_single_worker_reads_the_files_too() {
    make(2, 10, 60, 7);
    let one = report_by_one(here(), 2);
    let report = several(2, 1);
    take_all(2);
    assert_same_report(&report, &one, "2 files, 1 worker");
}

/// Byte for byte, with three workers, with one, and with more than there are files.
fn several_processes_give_the_same_report() {
    make(5, 30, 60, 7);
    let one = report_by_one(here(), 5);
    let reports = [3, 1, 8].map(|workers| several(5, workers));
    take_all(5);
    for (report, workers) in reports.into_iter().zip([3, 1, 8]) {
        assert_same_report(
            &report,
            &one,
            &format!("5 files, {}", count(workers, "worker", "workers")),
        );
    }
}

/// The files are named pipes, which are empty until a process writes to them. Another process writes to
/// the last one first, then to the one before. A function that reads them one by one, from the first,
/// waits for ever.
fn several_processes_read_at_the_same_time() {
    for name in ["1.txt", "2.txt", "3.txt"] {
        let made = mkfifo(name, Mode::S_IRUSR | Mode::S_IWUSR);
        assert_eq!(made, Ok(()), "a named pipe for the check");
    }
    in_the_background(|| {
        for name in ["3.txt", "2.txt", "1.txt"] {
            let _ = fs::write(name, &name[..1]); // opens it, which waits until it is read
        }
    });
    let report = several(3, 3);
    for name in ["1.txt", "2.txt", "3.txt"] {
        let _ = fs::remove_file(name);
    }
    let ones: Vec<String> = report.iter().flat_map(|report| report.lines()).map(compact).collect();
    let wanted = ["file0123456789", "1.txt0100000000", "2.txt0010000000", "3.txt0001000000"];
    assert_eq!(ones.get(..4), Some(&wanted.map(String::from)[..]), "the report: {report:?}");
}

fn compact(line: &str) -> String {
    line.split_whitespace().collect()
}

/// Forks twice, so that the process is not a child of the one that calls your function. A wait for any
/// child cannot reap it.
fn in_the_background(work: impl FnOnce()) {
    // SAFETY: a check has one thread.
    let forked = unsafe { fork() };
    if let Ok(ForkResult::Parent { child }) = forked {
        let _ = waitpid(child, None);
        return;
    }
    // SAFETY: as above.
    if let Ok(ForkResult::Child) = unsafe { fork() } {
        work();
    }
    process::exit(0)
}

/// The order is numeric: 10.txt comes after 9.txt, and not 1.txt, 10.txt, 100.txt, 11.txt. No two of the files are
/// the same.
fn three_hundred_files_and_four_workers() {
    make(300, 4, 60, 3);
    let one = report_by_one(here(), 300);
    let report = several(300, 4);
    let files = take_all(300);
    let different: HashSet<&String> = files.iter().collect();
    assert_eq!(different.len(), 300, "the number of different files, of 300");
    let names: Vec<&str> = one.lines().filter_map(|line| line.split(' ').next()).collect();
    let numbers: String = (1..=300).map(|number| format!("{number}.txt\n")).collect();
    let wanted = format!("file\n{numbers}total");
    assert_same(&names.join("\n"), &wanted, "the first column of the report by one process");
    assert_same_report(&report, &one, "300 files, 4 workers");
}

const GAPS: &str = "\
file               0       1       2       3       4       5       6       7       8       9
1.txt              0       1       0       0       0       0       0       0       0       0
2.txt        cannot be read: No such file or directory (os error 2)
3.txt        cannot be read: Is a directory (os error 21)
4.txt              0       0       0       0       2       0       0       0       0       0
total              0       1       0       0       2       0       0       0       0       0
";

/// 2.txt does not exist (any more), 3.txt is a folder, 4.txt is not UTF-8.
fn a_file_that_cannot_be_read_is_a_row() {
    let _ = fs::write("1.txt", "1");
    let _ = fs::create_dir("3.txt");
    let _ = fs::write("4.txt", b"4\xff4");
    let one = report_by_one(here(), 4);
    let report = several(4, 2);
    let _ = (fs::remove_file("1.txt"), fs::remove_dir("3.txt"), fs::remove_file("4.txt"));
    assert_same(&one, GAPS, "by one process");
    assert_same_report(&report, GAPS, "by two workers");
}

/// No buffer is large enough for every file.
fn a_file_may_have_any_size() {
    let _ = fs::write("1.txt", "1".repeat(300_000));
    let _ = fs::write("2.txt", "22\n".repeat(300_000));
    let (one, report) = (report_by_one(here(), 2), several(2, 2));
    take_all(2);
    let total: Vec<&str> = one.lines().last().unwrap_or_default().split_whitespace().collect();
    let wanted = ["total", "0", "300000", "600000", "0", "0", "0", "0", "0", "0", "0"];
    assert_eq!(total, wanted, "the last line of the report on 300,000 ones and 600,000 twos");
    assert_same_report(&report, &one, "two large files, two workers");
}

/// Files without a line, and no files at all.
fn empty_files_count_as_zero() {
    make(2, 0, 10, 1);
    let one = report_by_one(here(), 2);
    let report = several(2, 2);
    assert_eq!(take_all(2), ["", ""], "two files of 0 lines");
    assert_eq!(one.matches(" 0").count(), 1 + 3 * 10, "zeroes in the report:\n{one}");
    assert_same_report(&report, &one, "two empty files, two workers");
    assert_same_report(&several(0, 2), &report_by_one(here(), 0), "no files, two workers");
}

/// Any number of workers is allowed, but no more are forked than there are files.
fn limits_that_are_never_reached() {
    make(2, 5, 30, 3);
    let (one, report) = (report_by_one(here(), 2), several(2, usize::MAX));
    take_all(2);
    assert_same_report(&report, &one, "2 files, any number of workers");
}

/// The file is a named pipe, into which a process writes after a while. The parent waits until then.
fn the_parent_sleeps_while_it_waits() {
    let made = mkfifo("1.txt", Mode::S_IRUSR | Mode::S_IWUSR);
    assert_eq!(made, Ok(()), "a named pipe for the check");
    in_the_background(|| {
        tools::slow_work(200);
        let _ = fs::write("1.txt", "7");
    });
    let report = several(1, 1);
    let _ = fs::remove_file("1.txt");
    let right = report.as_ref().is_ok_and(|report| compact(report).contains("1.txt0000000100"));
    assert!(right, "the file was a named pipe with a 7 in it\ngot:    {report:?}");
}

/// The caller's own child runs as long as the check.
fn a_child_of_the_caller_is_left_alone() {
    make(3, 5, 30, 3);
    let _stranger = Stranger::alive();
    let (one, report) = (report_by_one(here(), 3), several(3, 2));
    take_all(3);
    assert_same_report(&report, &one, "3 files, two workers");
}

/// The caller's own child has already ended, and `wait` may reap it.
fn an_ended_child_of_the_caller_is_left_alone() {
    make(3, 5, 30, 3);
    let _zombie = Zombie::new();
    let (one, report) = (report_by_one(here(), 3), several(3, 2));
    take_all(3);
    assert_same_report(&report, &one, "3 files, two workers");
}
