//! The harness as cargo and its users call it, with the suites of `fixtures/sample.rs`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

#[path = "tools/fixture.rs"]
mod fixture;

use std::process::{Output, Stdio};

use fixture::fixture;

fn run(arguments: &[&str]) -> Output {
    // Cargo sets it, and a filter that matches nothing is an error in exercises only.
    fixture("sample").args(arguments).env("CARGO_PKG_NAME", "grader").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Prose is folded as wide as the terminal is.
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn lists_as_nextest_asks() {
    let all = run(&["--list", "--format", "terse"]);
    let names = "sums::two_and_two: test\nsums::two_and_three: test\ntexts::a_greeting: test\n\
                 later::not_started: test\nlater::not_started_either: test\n\
                 signals::a_child_and_an_alarm: test\n\
                 much::large_file: test\nmuch::much_memory: test\n\
                 forged::forges_a_verdict: test\nforged::ends_others_by_pidfd: test\n\
                 orders::one_child_in_every_order: test\n\
                 sleepers::three_sleepers: test\n";
    assert_eq!(stdout(&all), names);
    assert_eq!(stdout(&run(&["--list", "--format", "terse", "--ignored"])), "");
}

#[test]
fn several_filters_select() {
    let text = stdout(&run(&["two_and_two", "texts"]));
    assert!(text.contains("1 passed; 1 failed; 0 not started; 10 filtered out"), "{text}");
}

#[test]
fn exact_selects_one() {
    let output = run(&["--exact", "sums::two_and_two", "--nocapture"]);
    let text = stdout(&output);
    assert!(text.contains("1 passed; 0 failed; 0 not started; 11 filtered out"), "{text}");
    assert!(text.contains("computing"), "what the function printed is not shown: {text}");
    assert!(output.status.success());
    assert!(stdout(&run(&["--exact", "sums"])).contains("0 passed; 0 failed"));
}

#[test]
fn a_failure_says_what_and_where_to_read() {
    let output = run(&["texts"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(101));
    for part in ["a_greeting: WRONG OUTPUT", "- hello", "+ hallo", "book/src/texts.md#hello"] {
        assert!(text.contains(part), "no \"{part}\" in {text}");
    }
}

#[test]
fn what_is_not_started_is_one_line() {
    let output = run(&["later", "sums"]);
    let text = stdout(&output);
    let file = "exercises/tools/grader/tests/fixtures/sample.rs";
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("not started, open")).collect();
    assert_eq!(lines, [format!("later              not started, open {file}")]);
    assert!(text.contains("Begin with later"), "{text}");
    assert!(!text.contains("panicked") && output.stderr.is_empty(), "{output:?}");
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn expecting_todo_turns_it_round() {
    let expecting =
        |filter| fixture("sample").arg(filter).env("GRADER_EXPECT", "todo").output().unwrap();
    assert!(expecting("later").status.success());
    assert_eq!(expecting("sums").status.code(), Some(101));
    assert_eq!(expecting("texts").status.code(), Some(101));
}

#[test]
fn wrong_arguments_are_refused() {
    let output = run(&["--nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--nonsense"));
}

#[test]
fn no_colour_into_a_pipe_unless_asked() {
    assert!(!stdout(&run(&["texts"])).contains('\x1b'));
    assert!(stdout(&run(&["texts", "--color", "always"])).contains('\x1b'));
}

#[test]
fn nobody_reads_and_it_ends_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for (argument, status) in [("texts", 101), ("--list", 0), ("--help", 0)] {
        let writer = writer.try_clone().unwrap();
        let output =
            fixture("sample").arg(argument).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(status), 0), "{argument}");
    }
}

/// What a program such as the coach reads: typed events instead of text.
#[test]
fn json_is_an_event_a_line() {
    use grader::report::{CheckEvent, Status};
    use grader::{Calls, Fault};
    let output = run(&["--json", "texts", "sums", "not_started"]);
    let events: Vec<CheckEvent> =
        stdout(&output).lines().map(|line| CheckEvent::read(line).unwrap()).collect();
    assert_eq!(events[0], CheckEvent::Began { checks: 5, filtered_out: 7 });
    let last = events.last().unwrap();
    assert!(matches!(last, CheckEvent::Finished { passed: 2, failed: 1, not_started: 2, .. }));
    let report = |name: &str| {
        let named = |event: &CheckEvent| match event {
            CheckEvent::Checked(report) if report.check == name => Some(report.clone()),
            _ => None,
        };
        events.iter().find_map(named).unwrap()
    };
    let wrong = report("a_greeting");
    assert_eq!((wrong.status, wrong.exercise.as_str()), (Status::Failed, "texts"));
    assert_eq!(wrong.verdict.fault(), Some(Fault::WrongOutput));
    assert_eq!(wrong.see.as_deref(), Some("book/src/texts.md#hello"));
    assert_eq!(report("two_and_two").verdict.out, "computing\n");
    let calls = report("two_and_two").verdict.calls;
    assert_eq!(*calls, Calls::default(), "the grader's own look at the process is not counted");
    let stub = report("not_started");
    assert_eq!(stub.status, Status::NotStarted);
    assert!(stub.file.unwrap().contains("sample.rs:"));
    assert_eq!(output.status.code(), Some(101));
}

/// The learner's own run: cargo names the package, and the coach sets no such variable.
#[test]
fn a_filter_that_matches_nothing_is_an_error() {
    let run = |filter: &str, package: &str| {
        fixture("sample").arg(filter).env("CARGO_PKG_NAME", package).output().unwrap()
    };
    let output = run("fork_basix", "exercises");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("\"fork_basix\"") && text.contains("sums\n  texts"), "{text}");
    assert!(run("fork_basix", "solutions").status.success(), "the argument is for another program");
}

#[test]
fn a_missing_folder_for_temporary_files_is_named() {
    let output = fixture("sample").arg("sums").env("TMPDIR", "/no/such/place").output().unwrap();
    let text = unfolded(&stdout(&output));
    assert!(text.contains("GRADER FAILED"), "{text}");
    assert!(text.contains("in /no/such/place, which TMPDIR names"), "{text}");
}

/// What the shell or editor that starts the checks has done to signals is none of the answer's
/// doing.
#[test]
fn inherited_signal_settings_are_reset() {
    use std::os::unix::process::CommandExt;
    let mut program = fixture("sample");
    program.args(["signals", "sums::two_and_two"]);
    // SAFETY: between fork and exec only system calls are made.
    unsafe { program.pre_exec(block_and_ignore) };
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}", stdout(&output));
}

fn block_and_ignore() -> std::io::Result<()> {
    use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
    SigSet::all().thread_block()?;
    for number in [Signal::SIGCHLD, Signal::SIGALRM] {
        // SAFETY: no handler is replaced.
        unsafe { signal(number, SigHandler::SigIgn) }?;
    }
    Ok(())
}

/// `ulimit` lowers a limit for good. A right answer passes if it has enough, and else it is not
/// blamed.
#[cfg(target_os = "linux")]
#[test]
fn lowered_limits_are_not_the_answers_fault() {
    let run = |limit: &str, filter: &str| {
        let program = fixture("sample").get_program().to_owned();
        let script = format!("ulimit {limit} && exec \"$0\" {filter}");
        std::process::Command::new("sh").arg("-c").arg(script).arg(program).output().unwrap()
    };
    for limit in ["-v 400000", "-t 20", "-f 100", "-f 0", "-n 64", "-c 0", "-s 1024"] {
        let output = run(limit, "signals sums::two_and_two");
        assert!(output.status.success(), "ulimit {limit}: {}", stdout(&output));
    }
    let text = unfolded(&stdout(&run("-f 100", "large_file")));
    assert!(text.contains("GRADER FAILED") && text.contains("ulimit -f"), "{text}");
    let text = unfolded(&stdout(&run("-v 200000", "much_memory")));
    assert!(text.contains("GRADER FAILED") && text.contains("195 MiB of address"), "{text}");
}

/// With namespaces and without, whatever a case writes or kills, it does not become green.
#[cfg(target_os = "linux")]
#[test]
fn no_case_speaks_for_its_supervisor() {
    for namespaces in ["on", "off"] {
        let mut program = fixture("sample");
        let output = program.arg("forged").env("GRADER_NAMESPACES", namespaces).output().unwrap();
        let text = stdout(&output);
        assert!(!text.contains("ok     forges_a_verdict"), "{text}");
        if namespaces == "off" {
            assert!(text.contains("ends_others_by_pidfd: SIGNALLED OTHERS"), "{text}");
        }
    }
}

/// Where processes cannot be held at their system calls, a check runs once, and the report says so.
#[cfg(target_os = "linux")]
#[test]
fn every_order_is_tried_or_the_report_says_why_not() {
    if grader::guards()[1].missing.is_some() {
        return;
    }
    let run = |notifier: &str| {
        let mut program = fixture("sample");
        program.args(["orders", "--nocapture"]).env("GRADER_NOTIFIER", notifier);
        let output = program.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        unfolded(&stdout(&output))
    };
    let text = run("on");
    assert!(text.contains("(all possible orders tried: "), "{text}");
    assert!(!text.contains("in only one order"), "{text}");
    let text = run("off");
    assert!(text.contains("run once, not in every order: GRADER_NOTIFIER=off is set"), "{text}");
    assert!(text.contains("every order were run in only one order: GRADER_NOTIFIER=off"), "{text}");
}

/// A result that cannot be printed is no success.
#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_told() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = fixture("sample").arg("two_and_two").stdout(full).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("cannot be printed: No space left on device"), "{text}");
}
