//! What a run of the lesson shows.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-pool-files");

fn lesson(folder: &Path, args: &[&str]) -> Finished {
    Lesson::new(BINARY).in_folder(folder).args(args).run()
}

/// Files with these contents, and folders as their names say.
fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (file, content) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, content).expect("a new file");
    }
    folder
}

/// The five numbers and the name in each row of the table.
fn rows(run: &Finished) -> Vec<(Vec<u64>, String)> {
    let row = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let numbers: Vec<u64> = fields.iter().map_while(|field| field.parse().ok()).collect();
        let name = fields.get(numbers.len()..).unwrap_or_default().join(" ");
        (numbers, name)
    };
    run.lines().iter().skip(1).map(row).collect()
}

fn row(numbers: [u64; 5], name: &str) -> (Vec<u64>, String) {
    (numbers.to_vec(), name.to_owned())
}

#[test]
fn every_character_is_counted_and_the_kinds_add_up() {
    let folder = folder_with(&[
        ("many", b"1 22 333, 4444\nx5y66\n"),
        ("more", "Zwölf ⛵: 12\n".as_bytes()),
        ("empty", b""),
    ]);
    let run = lesson(folder.path(), &["many", "more", "empty"]);
    run.assert_success();
    assert_eq!(
        rows(&run),
        [
            row([21, 13, 5, 2, 1], "many"),
            row([12, 2, 3, 5, 2], "more"),
            row([0, 0, 0, 0, 0], "empty"),
            row([33, 15, 8, 7, 3], "total"),
        ]
    );
}

#[test]
fn what_cannot_be_read_has_a_row_and_the_rest_goes_on() {
    let folder = folder_with(&[("a", b"1\n"), ("latin1", b"ok\nna\xefve\n"), ("z", b"zz")]);
    let run = lesson(folder.path(), &["a", "gone", "latin1", "/dev/zero", "z"]);
    run.assert_code(1);
    assert_eq!(
        rows(&run),
        [
            row([2, 1, 1, 0, 0], "a"),
            (vec![], "- gone: cannot be read: No such file or directory (os error 2)".to_owned()),
            (vec![], "- latin1: is not UTF-8: line 2, byte 3".to_owned()),
            (vec![], "- /dev/zero: cannot be read: it is neither a file nor a folder".to_owned()),
            row([2, 0, 0, 2, 0], "z"),
            row([4, 1, 1, 2, 0], "total"),
        ]
    );
    let complaint = "lesson-pool-files: 3 of 5 files could not be analysed; see their rows\n";
    assert_eq!(run.stderr, complaint);
}

/// A name of bytes that are no text cannot be sent as one. Only its number is sent.
#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_not_utf8_is_no_harm() {
    use std::os::unix::ffi::OsStrExt;

    let folder = folder_with(&[]);
    let name = std::ffi::OsStr::from_bytes(b"na\xefve");
    fs::write(folder.path().join(name), "12").expect("a new file");
    let run = lesson(folder.path(), &["."]);
    run.assert_success();
    assert_eq!(rows(&run)[0], row([2, 2, 0, 0, 0], r"./na\xefve"));
}

#[test]
fn folders_are_walked_in_order_without_hidden_files_caches_and_links() {
    let folder = folder_with(&[
        ("b/2", b""),
        ("b/1/x", b""),
        (".hidden", b""),
        ("target/CACHEDIR.TAG", b""),
        ("target/x", b""),
        ("a", b""),
    ]);
    std::os::unix::fs::symlink("a", folder.path().join("link")).expect("a new link");
    let run = lesson(folder.path(), &["b", "."]);
    run.assert_success();
    let names: Vec<String> = rows(&run).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["b/1/x", "b/2", "./a", "./b/1/x", "./b/2", "total"]);
}

#[test]
fn the_output_is_the_same_with_any_number_of_workers() {
    let contents: Vec<_> =
        (0..60).map(|n| (n.to_string(), "7 up\n".repeat((n * 7919) % 500))).collect();
    let files: Vec<_> = contents.iter().map(|(name, text)| (&**name, text.as_bytes())).collect();
    let folder = folder_with(&files);
    for option in [&[][..], &["--digits"]] {
        let run = |workers| {
            let args = [option, &["--workers", workers, "gone", "."]].concat();
            let run = lesson(folder.path(), &args);
            run.assert_code(1);
            run.stdout
        };
        let by_one = run("1");
        assert_eq!(by_one.lines().count(), 63);
        for workers in ["2", "7", "64"] {
            assert_eq!(run(workers), by_one, "{workers} workers");
        }
    }
}

#[test]
fn digits_are_reported_one_by_one() {
    let folder = folder_with(&[("1.txt", b"9 a 90 \xff 09\n"), ("2.txt", b"123")]);
    let run = lesson(folder.path(), &["--digits", "1.txt", "gone.txt", "2.txt"]);
    run.assert_code(1);
    let expected = "\
file               0       1       2       3       4       5       6       7       8       9
1.txt              2       0       0       0       0       0       0       0       0       3
gone.txt     cannot be read: No such file or directory (os error 2)
2.txt              0       1       1       1       0       0       0       0       0       0
total              2       1       1       1       0       0       0       0       0       3
";
    assert_eq!(run.stdout, expected);
}

#[test]
fn an_empty_folder_has_a_total_too() {
    let run = lesson(folder_with(&[]).path(), &["."]);
    run.assert_success();
    assert_eq!(rows(&run), [row([0; 5], "total")]);
}

#[test]
fn a_terminal_shows_a_bar_that_is_gone_in_the_end() {
    let folder = folder_with(&[("1", b"one"), ("2", b"two"), ("3", b"three")]);
    let lesson = Lesson::new(BINARY).in_folder(folder.path()).args(["."]);
    let (run, screen) = lesson.start_on_terminal(12, 90).finish();
    run.assert_success();
    assert!(run.stdout.contains("░ 0 of 3 files, 0s"), "{}", run.stdout);
    assert!(!screen.contains("of 3 files"), "{screen}");
    let first = screen.lines().next().expect("a first row");
    assert!(first.starts_with("characters "), "the table takes the place of the bar:\n{screen}");
    assert!(screen.contains("total"), "{screen}");
}

/// The third file is 8 TiB of holes: no worker counts to its end before the test is done.
#[test]
#[cfg(target_os = "linux")]
fn the_bar_moves_when_results_come_and_ctrl_c_ends_it() {
    let folder = folder_with(&[("1", b"one"), ("2", b"two")]);
    let large = fs::File::create(folder.path().join("3")).expect("a new file");
    large.set_len(8 << 40).expect("a file of holes");
    let lesson = Lesson::new(BINARY).in_folder(folder.path()).args(["--digits", "."]);
    let mut terminal = lesson.start_on_terminal(12, 90);
    terminal.wait_for(" 2 of 3 files");
    terminal.type_in("\x03");
    terminal.finish().0.assert_interrupted();
}

#[test]
fn without_files_it_is_this_folder() {
    let folder = folder_with(&[("1", b"one")]);
    let run = lesson(folder.path(), &[]);
    run.assert_success();
    assert_eq!(rows(&run), [row([3, 0, 0, 3, 0], "./1"), row([3, 0, 0, 3, 0], "total")]);
}

#[test]
fn a_terminal_shows_the_first_rows_and_those_without_counts() {
    let names: Vec<String> = (100..130).map(|number| number.to_string()).collect();
    let files: Vec<_> = names.iter().map(|name| (&**name, &b"7"[..])).collect();
    let folder = folder_with(&files);
    let show = |args: &[&str]| {
        let lesson = Lesson::new(BINARY).in_folder(folder.path()).args(args);
        lesson.start_on_terminal(60, 80).finish().1
    };
    for option in [&[][..], &["--digits"]] {
        let screen = show(&[option, &[".", "gone"]].concat());
        assert!(screen.contains("./119\n") && !screen.contains("./120"), "{screen}");
        assert!(screen.contains("and 10 more: see --all"), "{screen}");
        assert!(screen.contains("-  gone: cannot be read"), "{screen}");
        assert!(show(&[option, &["--all"]].concat()).contains("./129\n"));
    }
}

/// The kernel ends a worker that has used a second of a processor's time.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_kills_its_worker_has_a_row_and_the_rest_goes_on() {
    let folder = folder_with(&[("1", b"one"), ("3", b"three")]);
    let large = fs::File::create(folder.path().join("2")).expect("a new file");
    large.set_len(8 << 40).expect("a file of holes");
    let limited = "ulimit -c 0; ulimit -S -t 1; exec \"$0\" .";
    let run = Lesson::new("sh").in_folder(folder.path()).args(["-c", limited, BINARY]).run();
    assert_eq!(run.code(), Some(1), "{run:?}");
    run.assert_nothing_left();
    assert_eq!(rows(&run)[0], row([3, 0, 0, 3, 0], "./1"));
    assert!(rows(&run)[1].1.contains("./2: cannot be analysed: its worker, PID "), "{run:?}");
    assert!(rows(&run)[1].1.ends_with("was killed by SIGXCPU"), "{run:?}");
    assert_eq!(rows(&run)[3], row([8, 0, 0, 8, 0], "total"));
}
