//! The harness as cargo and its users call it, with the suites of `examples/sample.rs`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Built by `cargo test`, beside this test.
fn sample() -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let sample = profile.join("examples/sample");
    assert!(sample.exists(), "first: cargo build -p grader --examples");
    Command::new(sample)
}

fn run(arguments: &[&str]) -> Output {
    sample().args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn lists_as_nextest_asks() {
    let all = run(&["--list", "--format", "terse"]);
    let names = "sums::two_and_two: test\nsums::two_and_three: test\ntexts::a_greeting: test\n\
                 later::not_started: test\nlater::not_started_either: test\n\
                 sleepers::three_sleepers: test\n";
    assert_eq!(stdout(&all), names);
    assert_eq!(stdout(&run(&["--list", "--format", "terse", "--ignored"])), "");
}

#[test]
fn several_filters_select() {
    let text = stdout(&run(&["two_and_two", "texts"]));
    assert!(text.contains("1 passed; 1 failed; 0 not started; 4 filtered out"), "{text}");
}

#[test]
fn exact_selects_one() {
    let output = run(&["--exact", "sums::two_and_two", "--nocapture"]);
    let text = stdout(&output);
    assert!(text.contains("1 passed; 0 failed; 0 not started; 5 filtered out"), "{text}");
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
    let file = "exercises/grader/examples/sample.rs";
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("not started, open")).collect();
    assert_eq!(lines, [format!("later              not started, open {file}")]);
    assert!(text.contains("Begin with later"), "{text}");
    assert!(!text.contains("panicked") && output.stderr.is_empty(), "{output:?}");
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn expecting_todo_turns_it_round() {
    let expecting = |filter| sample().arg(filter).env("GRADER_EXPECT", "todo").output().unwrap();
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
    let output = sample().arg("texts").stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(101), 0));
}

#[cfg(target_os = "linux")]
mod left_behind {
    use super::*;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    /// All processes started below carry it in their environment.
    const MARK: &str = "GRADER_TEST_MARK";

    /// The processes that carry the mark `value`. Zombies have no environment any more.
    fn marked(value: &str) -> Vec<PathBuf> {
        let wanted = format!("{MARK}={value}");
        let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let carries = |path: &PathBuf| {
            let environment = std::fs::read(path.join("environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes())
        };
        processes.filter(carries).collect()
    }

    fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
        let over = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < over, "{what}");
            std::thread::yield_now();
        }
    }

    /// Harness, warden, keeper, case, shell, and two sleepers.
    const ALL: usize = 7;

    fn start(mark: &str, variables: &[(&str, &str)]) -> Child {
        let mut sample = sample();
        sample.arg("sleepers").env(MARK, mark).stdout(Stdio::null());
        sample.envs(variables.iter().copied());
        let child = sample.spawn().unwrap();
        wait_until("the sleepers have not come up", || marked(mark).len() >= ALL);
        child
    }

    fn nothing_is_left_after(signal: Signal, mark: &str, variables: &[(&str, &str)]) {
        let mut harness = start(mark, variables);
        kill(Pid::from_raw(harness.id().cast_signed()), signal).unwrap();
        harness.wait().unwrap();
        wait_until("something is left", || marked(mark).is_empty());
    }

    #[test]
    fn after_ctrl_c() {
        nothing_is_left_after(Signal::SIGINT, "ctrl-c", &[]);
    }

    #[test]
    fn after_sigkill() {
        nothing_is_left_after(Signal::SIGKILL, "sigkill", &[]);
    }

    #[test]
    fn after_sigkill_without_namespaces() {
        let off = [("GRADER_NAMESPACES", "off")];
        nothing_is_left_after(Signal::SIGKILL, "without-namespaces", &off);
    }

    #[test]
    fn after_sigkill_of_the_warden() {
        let mut harness = start("warden", &[]);
        let warden = marked("warden").into_iter().find(|path| {
            let arguments = std::fs::read(path.join("cmdline")).unwrap_or_default();
            let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
            let parent = format!("PPid:\t{}\n", harness.id());
            arguments.starts_with(b"grader-warden") && status.contains(&parent)
        });
        let warden = warden.expect("no warden");
        let pid = warden.file_name().unwrap().to_str().unwrap().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        assert_eq!(harness.wait().unwrap().code(), Some(101));
        wait_until("something is left", || marked("warden").is_empty());
    }
}
