//! What a run of the lesson shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use testkit::{Finished, Lesson};

const BINARY: &str = env!("CARGO_BIN_EXE_lesson-marshalling");
const HEADS: [&str; 6] = ["FORMATS", "RAW", "DAMAGE", "DAMAGE", "CHILD", "PYTHON"];
const EXTENSIONS: [(&str, &str); 3] =
    [("json", "JSON"), ("msgpack", "MessagePack"), ("postcard", "postcard")];

fn run(args: &[&str]) -> Finished {
    let run = Lesson::new(BINARY).args(args).run();
    run.assert_success();
    run
}

/// What stands before the colon of each line in capitals.
fn heads(run: &Finished) -> Vec<&str> {
    let heads = run.stdout.lines().filter_map(|line| Some(line.split_once(": ")?.0));
    heads.filter(|head| head.chars().all(|c| c.is_ascii_uppercase())).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn save(folder: &TempDir, extension: &str) -> PathBuf {
    let path = folder.path().join(format!("voyage.{extension}"));
    let run = run(&["--overwrite", "--save", path.to_str().expect("a plain path")]);
    let size = std::fs::metadata(&path).expect("the file").len();
    assert!(run.stdout.contains(&format!(": {size} bytes.")), "{}", run.stdout);
    path
}

fn load(path: &Path) -> Finished {
    Lesson::new(BINARY).args(["--load".as_ref(), path.as_os_str()]).run()
}

/// Loading `path` fails; the message names the file and all of `parts`, and says what to do.
fn assert_refused(path: &Path, parts: &[&str]) {
    let run = load(path);
    run.assert_code(1);
    assert_eq!(run.stdout, "");
    let lines: Vec<_> = run.stderr.lines().collect();
    assert!(lines.len() == 2 && lines[1].starts_with("hint: "), "{}", run.stderr);
    assert!(lines[0].contains(&*path.to_string_lossy()), "{}", run.stderr);
    for part in parts {
        assert!(lines[0].contains(part), "no {part:?} in {}", run.stderr);
    }
}

#[test]
fn all_parts_one_after_the_other_or_one_alone() {
    assert_eq!(heads(&run(&[])), HEADS);
    for (part, expected) in [
        ("formats", &HEADS[..1]),
        ("raw", &HEADS[1..2]),
        ("damage", &HEADS[2..4]),
        ("child", &HEADS[4..5]),
        ("python", &HEADS[5..]),
    ] {
        assert_eq!(heads(&run(&[part])), expected);
    }
}

#[test]
fn the_table_has_a_line_for_each_format() {
    let run = run(&["formats"]);
    let size = |name: &str| {
        let line = run.lines().into_iter().find(|line| line.starts_with(name)).expect(name);
        line.split_whitespace().nth(1).expect("a size").parse::<usize>().expect("a number")
    };
    assert!(size("JSON") > size("MessagePack") && size("MessagePack") > size("postcard"));
    let folder = folder();
    for (extension, name) in EXTENSIONS {
        let bytes = std::fs::read(save(&folder, extension)).expect("the file");
        assert_eq!(bytes.len(), size(name));
        let start: Vec<_> = bytes[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(run.stdout.contains(&start.join(" ")), "{}", run.stdout);
    }
}

#[test]
fn a_string_in_memory_holds_no_letters() {
    let run = run(&["raw"]);
    assert!(run.stdout.contains(&format!("A String takes {}.", size_of::<String>())));
    assert!(run.stdout.contains("its length 7,"), "{}", run.stdout); // Tromsø: 6 letters
}

#[test]
fn every_flipped_bit_is_counted_once() {
    let run = run(&["damage"]);
    let folder = folder();
    for (extension, name) in EXTENSIONS {
        let is_row = |line: &&str| line.starts_with(name);
        let row = run.lines().into_iter().find(is_row).expect(name).to_owned();
        let numbers: Vec<u64> = row.split_whitespace().flat_map(str::parse).collect();
        let [bits, error, other, none] = numbers[..] else { panic!("not four numbers: {row}") };
        let size = std::fs::metadata(save(&folder, extension)).expect("the file").len();
        assert_eq!(bits, size * 8);
        assert_eq!(error + other + none, bits);
        assert!(error > 0 && other > 0, "{row}");
    }
}

#[test]
fn one_run_saves_and_the_next_one_loads() {
    let folder = folder();
    for (extension, name) in EXTENSIONS {
        let run = load(&save(&folder, extension));
        run.assert_success();
        assert!(run.stdout.contains(&format!(" as {name}: ")), "{}", run.stdout);
        assert!(run.stdout.contains("Möwe ⛵, 3 stops, mean 6.00 °C, cargo 2045 kg"));
        assert!(run.stdout.contains("It is exactly what --save writes."), "{}", run.stdout);
    }
}

#[test]
fn a_file_that_was_edited_is_loaded_as_it_is() {
    let path = save(&folder(), "json");
    let folder = folder();
    let path = folder.path().join(path.file_name().expect("a name"));
    let edited = r#"{"ship": "x", "days": 1, "stops": [],
        "cargo_kg": {"lead": 4294967295, "gold": 4294967295}}"#;
    std::fs::write(&path, edited).expect("writing");
    let run = load(&path);
    run.assert_success();
    assert!(run.stdout.contains("x, no stops, cargo 8589934590 kg"), "{}", run.stdout);
    assert!(run.stdout.contains("It is NOT what --save writes."), "{}", run.stdout);
}

#[test]
fn a_file_cut_short_is_refused_with_the_place() {
    let folder = folder();
    for (extension, name) in EXTENSIONS {
        let path = save(&folder, extension);
        let bytes = std::fs::read(&path).expect("the file");
        std::fs::write(&path, &bytes[..100]).expect("writing");
        let place = if extension == "json" { "line 1, column 100" } else { "of 100" };
        assert_refused(&path, &[name, place, "the data ends too early"]);
    }
}

#[test]
fn a_damaged_file_is_refused_with_the_place() {
    let folder = folder();
    let path = folder.path().join("hand.json");
    std::fs::write(&path, "{\n  \"ship\": \"x\",\n  \"days\": minus\n}").expect("writing");
    assert_refused(&path, &["JSON", "line 3, column 11", "expected value"]);

    let path = save(&folder, "postcard");
    let mut bytes = std::fs::read(&path).expect("the file");
    bytes[1] = 0xff; // the first letter of the ship's name
    std::fs::write(&path, bytes).expect("writing");
    assert_refused(&path, &["postcard", "byte 10 of ", "utf-8"]);
}

#[test]
fn a_file_in_another_format_is_refused() {
    let folder = folder();
    for (is, says) in [("json", "msgpack"), ("msgpack", "json"), ("json", "postcard")] {
        let wrong = folder.path().join(format!("wrong.{says}"));
        std::fs::copy(save(&folder, is), &wrong).expect("a copy");
        assert_refused(&wrong, &[]);
    }
}

#[test]
fn a_missing_file_is_named() {
    assert_refused(Path::new("/no/such/file.json"), &["there is no such file"]);
    let run = Lesson::new(BINARY).args(["--save", "/no/such/file.json"]).run();
    run.assert_code(1);
    assert!(run.stderr.contains("writing /no/such/file.json failed: No such file"));
}

#[test]
fn arguments_that_contradict_each_other_are_refused() {
    for (args, complaint) in [
        (&["perl"][..], "unknown part 'perl'"),
        (&["raw", "--save", "a.json"], "--save and --load take no PART"),
        (&["--load", "a.txt"], "'a.txt' names no format"),
        (&["--save", "json"], "'json' names no format"),
    ] {
        let run = Lesson::new(BINARY).args(args).run();
        run.assert_code(2);
        assert!(run.stderr.contains(complaint), "{}", run.stderr);
    }
}

#[test]
fn the_child_is_another_process_and_answers() {
    let run = run(&["child"]);
    let after = |word: &str| {
        let rest = run.stdout.split_once(word).expect(word).1;
        rest.split(|c: char| !c.is_ascii_digit()).next().expect("a PID").to_owned()
    };
    assert_ne!(after("Parent "), after("    child "));
    assert!(run.stdout.contains("Möwe ⛵, 3 stops, mean 6.00 °C, cargo 2045 kg\n"));
    assert!(run.stdout.contains("The voyage came back unchanged, and the answer is right.\n"));
}

#[test]
fn python_answers_where_there_is_one() {
    let run = run(&["python"]);
    let version = Command::new("python3").arg("--version").output();
    if version.is_ok_and(|output| output.status.success()) {
        assert!(run.stdout.contains("    Python 3."), "{}", run.stdout);
        assert!(run.stdout.contains("mean 6.00 °C, cargo 2045 kg\n"));
        assert!(run.stdout.contains("The voyage came back unchanged"), "{}", run.stdout);
    } else {
        assert!(run.stdout.contains("python3 cannot be started here"), "{}", run.stdout);
    }
}

#[test]
fn without_python_the_lesson_says_so_and_ends_well() {
    let folder = folder();
    let empty = Lesson::new(BINARY).args(["python"]).env("PATH", "").in_folder(folder.path());
    let run = empty.run();
    run.assert_success();
    assert!(run.stdout.contains("python3 cannot be started here:\nNo such file"), "{}", run.stdout);
}

/// Runs with a program instead of Python, which is this shell script.
///
/// Another process writes it: while a test of another thread is between fork and exec, it holds
/// what this process has open, and a file open for writing cannot be run (`man 2 execve`,
/// ETXTBSY).
fn with_python(script: &str) -> Finished {
    let folder = folder();
    let write = r#"printf '#!/bin/sh\n%s\n' "$1" > python3 && chmod 755 python3"#;
    let mut sh = Command::new("sh");
    let written = sh.args(["-c", write, "sh", script]).current_dir(folder.path()).status();
    assert!(written.expect("a shell").success());
    Lesson::new(BINARY).args(["python"]).env("PATH", folder.path()).run()
}

#[test]
fn a_python_that_fails_is_quoted() {
    let run = with_python("echo Traceback >&2; echo 'no module named json' >&2; exit 3");
    run.assert_code(1);
    let complaint = "python3 failed (exit status: 3): no module named json\n";
    assert!(run.stderr.ends_with(complaint), "{}", run.stderr);
}

#[test]
fn an_answer_that_makes_no_sense_is_refused() {
    let run = with_python("while read -r line; do :; done; echo '{\"who\":'");
    run.assert_code(1);
    let complaint = "python3 sent an invalid answer: JSON, line 2, column 0: the data end";
    assert!(run.stderr.contains(complaint), "{}", run.stderr);
}

#[test]
fn an_answer_that_is_wrong_is_refused() {
    let run = with_python(
        "read -r voyage
         printf '{\"who\":\"sh\",\"mean_celsius\":1.5,\"cargo_kg\":1,\"voyage\":%s}' \"$voyage\"",
    );
    run.assert_code(1);
    assert!(run.stderr.contains("sh returned something else"), "{}", run.stderr);
}
