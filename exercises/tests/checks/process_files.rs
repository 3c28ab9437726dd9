//! What your functions in `process_files` must do. The checks run in folders of their own.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, process};

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, mkfifo};

use super::answers::process_files::{count_digits, make_files, report_by_one, report_by_several};

#[path = "tools.rs"]
mod tools;
use tools::{Zombie, count, says_interrupted};

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
            check!(empty_files_count_as_zero).forks(2).in_empty_folder(),
            check!(many_digits_and_seeds_of_64_bits).forks(0).in_empty_folder(),
            check!(a_disk_may_be_full).forks(0).in_empty_folder(),
            check!(a_child_may_die_at_any_moment)
                .within(Duration::from_secs(8))
                .in_empty_folder()
                .see("pool.md#a-worker-that-dies"),
            check!(a_row_may_be_cut_off)
                .within(Duration::from_secs(5))
                .in_empty_folder()
                .see("marshalling.md#damaged-data"),
            check!(a_call_may_transfer_a_part)
                .plant(Call::Write.every().on_pipes().short(50))
                .plant(Call::Read.every().on_pipes().short(30))
                .forks(2)
                .in_empty_folder()
                .see("pipes.md#the-program"),
            check!(a_signal_interrupts_every_call)
                .plant(Call::Wait.odd().in_parent().interrupted())
                .plant(Call::Poll.odd().in_parent().interrupted())
                .plant(Call::Read.odd().interrupted())
                .plant(Call::Write.odd().on_pipes().interrupted())
                .in_empty_folder()
                .see("waitpid.md#eintr"),
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
            check!(a_fork_that_fails_is_an_error)
                .forks(1)
                .fork_fails(2)
                .in_empty_folder()
                .see("many-forks.md#a-fork-that-fails"),
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

/// Lines have different lengths, at most the longest; they consist of printable ASCII characters.
fn files_have_the_sizes_given() {
    make(12, 40, 25, 1);
    let texts = take_all(12);
    for (text, number) in texts.iter().zip(1..) {
        assert_eq!(text.matches('\n').count(), 40, "lines in {number}.txt");
        assert!(text.ends_with('\n'), "{number}.txt does not end with a newline");
    }
    let lengths: BTreeSet<usize> =
        texts.iter().flat_map(|text| text.lines()).map(str::len).collect();
    assert!(
        lengths.iter().all(|&length| length <= 25),
        "the lengths of lines of up to 25 characters: {lengths:?}"
    );
    assert!(lengths.len() > 5, "480 lines of random lengths have only these lengths: {lengths:?}");
    assert!(lengths.contains(&25), "of 480 lines of up to 25 characters, none has 25: {lengths:?}");
    let other = texts.concat().chars().find(|c| !matches!(c, ' '..='~' | '\n'));
    assert_eq!(other, None, "a character that is not between ' ' and '~'");
    let without = (' '..='~').find(|&character| !texts.concat().contains(character));
    assert_eq!(without, None, "a character that none of 480 random lines contains");
}

/// Files can be checked only if they can be created again.
fn a_seed_gives_the_same_files_again() {
    make(3, 10, 60, 42);
    let first = take_all(3);
    make(3, 10, 60, 42);
    assert!(take_all(3) == first, "A second call with the same seed gave different files.");
    make(3, 10, 60, 43);
    assert!(take_all(3) != first, "the seeds 42 and 43 give the same files");
    let different: BTreeSet<&String> = first.iter().collect();
    assert_eq!(different.len(), 3, "the number of different files, of three");
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

/// The order is numeric: 10.txt comes after 9.txt, and not 1.txt, 10.txt, 100.txt, 11.txt.
fn three_hundred_files_and_four_workers() {
    make(300, 2, 30, 3);
    let one = report_by_one(here(), 300);
    let report = several(300, 4);
    take_all(300);
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

/// More digits than one or two bytes can count; and all 64 bits of a seed make a difference.
fn many_digits_and_seeds_of_64_bits() {
    let counts = count_digits(&[b'7'; 70_000]);
    assert_eq!(counts, [0, 0, 0, 0, 0, 0, 0, 70_000, 0, 0], "70000 sevens");
    make(1, 10, 60, 42);
    let first = take(1);
    for seed in [42 + (1 << 16), 42 + (1 << 32), 42 + (1 << 63)] {
        make(1, 10, 60, seed);
        assert!(take(1) != first, "the seeds 42 and {seed} give the same file");
    }
    make(2, 3, 0, 1);
    assert_eq!(take_all(2), ["\n\n\n", "\n\n\n"], "lines of at most 0 characters");
    make(0, 3, 5, 1);
}

/// Writing the second file fails. This must be an error, not a smaller file.
fn a_disk_may_be_full() {
    let full = plant(Call::Write.from(2).on_files().fails(Errno::ENOSPC));
    let made = make_files(here(), 3, 2, 20, 1).map_err(|error| error.kind());
    drop(full);
    (1..=3).for_each(|number| drop(fs::remove_file(format!("{number}.txt"))));
    assert_eq!(made, Err(io::ErrorKind::StorageFull), "the second write failed with ENOSPC");
}

/// A child is killed at its first system call, then at its second, and so on. The result may be an
/// error, or reasons instead of counts in some rows; but no count may be wrong, and no row missing.
fn a_child_may_die_at_any_moment() {
    make(4, 5, 30, 3);
    let one = report_by_one(here(), 4);
    for call in 1..200 {
        let killed = plant(Call::Any.nth(call).in_child(0).killed_by(Signal::SIGKILL));
        let report = several(4, 2);
        let happened = killed.happened();
        drop(killed);
        assert_no_wrong_row(&report, &one, &format!("a child was killed at its call {call}"));
        if !happened {
            assert_same_report(&report, &one, "no child was killed");
            break; // it makes fewer calls
        }
    }
    take_all(4);
}

/// A child is killed in one of its first writes, after each number of bytes. A count of which the last
/// digits are missing is a number too, but a wrong one.
fn a_row_may_be_cut_off() {
    let _ = fs::write("1.txt", "9".repeat(12345));
    let one = report_by_one(here(), 1);
    for (write, bytes) in (1..=2).flat_map(|write| (0..40).map(move |bytes| (write, bytes))) {
        let torn = plant(Call::Write.nth(write).in_child(0).on_pipes().torn_after(bytes));
        let report = several(1, 1);
        if torn.happened() {
            let bytes = count(bytes, "byte", "bytes");
            let what = format!("a child was killed in its write {write}, after {bytes}");
            assert_no_wrong_row(&report, &one, &what);
        }
    }
    take(1);
}

/// Each file's row has its counts or a reason. An error instead of the report is right, too.
#[track_caller]
fn assert_no_wrong_row(report: &Result<String, String>, one: &str, what: &str) {
    let Ok(report) = report else { return };
    let rows = one.lines().skip(1).filter(|line| !line.starts_with("total"));
    for (line, number) in rows.zip(1..) {
        let name = format!("{number}.txt ");
        let got = report.lines().find(|line| line.starts_with(&name));
        let numbers = got.map(|got| got.split_whitespace().skip(1).all(is_a_number));
        let right = got == Some(line) || numbers == Some(false);
        assert!(right, "{what}: a wrong row of {number}.txt in\n{report}");
    }
}

fn is_a_number(word: &str) -> bool {
    word.parse::<u64>().is_ok()
}

/// A read or write may transfer only some of the bytes; it returns how many.
fn a_call_may_transfer_a_part() {
    make(6, 5, 30, 3);
    let (one, report) = (report_by_one(here(), 6), several(6, 2));
    take_all(6);
    assert_same_report(&report, &one, "each call transferred at most 50 bytes");
}

/// A signal handler ran, and the call fails with EINTR. No process has ended, so repeat the call.
fn a_signal_interrupts_every_call() {
    make(3, 5, 30, 3);
    let (one, report) = (report_by_one(here(), 3), report_by_several(here(), 3, 2));
    let error = report.as_ref().err().and_then(io::Error::raw_os_error);
    let says_so = says_interrupted(error);
    take_all(3);
    if !says_so {
        let report = report.map_err(|error| error.to_string());
        assert_same_report(&report, &one, "every other call failed with EINTR");
    }
}

/// Any number of workers is allowed, but no more are forked than there are files.
fn limits_that_are_never_reached() {
    make(2, 5, 30, 3);
    let (one, report) = (report_by_one(here(), 2), several(2, usize::MAX));
    take_all(2);
    assert_same_report(&report, &one, "2 files, any number of workers");
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

/// The first or any other pipe or socket pair cannot be created: too many descriptors are open.
fn a_connection_that_cannot_be_made() {
    make(3, 5, 30, 3);
    for call in [Call::Pipe, Call::SocketPair] {
        for number in 1..=6 {
            let refused = plant(call.nth(number).in_parent().fails(Errno::EMFILE));
            let report = report_by_several(here(), 3, 3);
            if refused.happened() {
                let error = report.map_err(|error| error.raw_os_error());
                assert_eq!(
                    error,
                    Err(Some(libc::EMFILE)),
                    "call {number} of {call:?} failed with EMFILE"
                );
            }
        }
    }
    take_all(3);
}

/// One child exists, and a second cannot be forked.
fn a_fork_that_fails_is_an_error() {
    make(3, 5, 30, 3);
    let report = report_by_several(here(), 3, 3).map_err(|error| error.kind());
    take_all(3);
    assert_eq!(report, Err(io::ErrorKind::WouldBlock), "the second fork failed with EAGAIN");
}
