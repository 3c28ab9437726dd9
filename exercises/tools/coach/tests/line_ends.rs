//! Answers whose lines end with CRLF, as some editors on Windows write them into a folder of WSL.

mod tools;

use tools::{Said, Workbook, line, reference, wrong};

/// The text with Windows' line ends.
fn windows(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// What the coach, and cargo alone, say of an answer, without numbers: times and PIDs differ.
fn reports(workbook: &Workbook, answer: &str) -> [(Option<i32>, Vec<String>); 3] {
    workbook.save("fork_basics", answer);
    let mut test = workbook.cargo();
    test.args(["test", "--quiet", "--package", "exercises", "fork_basics"]);
    let alone = Said::of(&test.output().expect("cargo can be started"));
    let check = workbook.run(&["check", "fork_basics"]);
    let list = workbook.run(&["list"]);
    [alone, check, list].map(|said| (said.code, lines(&said)))
}

/// The lines in the order of the alphabet, because checks that run at once end in any order.
/// Without the question below a solved one, which is about that run.
fn lines(said: &Said) -> Vec<String> {
    let (about, _) = said.out.split_once("A question about your answer").unwrap_or((&said.out, ""));
    let all = format!("{about}{}", said.err);
    let words = |line: &str| {
        let words = line.split(|c: char| c.is_ascii_digit()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("#")
    };
    let mut lines: Vec<String> = all.split('\n').map(words).collect();
    lines.sort();
    lines
}

/// Right, wrong, with a warning, and not compiling.
#[test]
fn the_same_is_said_of_an_answer_with_windows_line_ends() {
    let workbook = Workbook::built("line-ends");
    let right = reference("fork_basics");
    let warned = format!("{right}\nfn is_never_called() {{\n    // Twice.\n}}\n");
    let torn = format!("{right}\nfn nothing(\n    {{\n");
    let said = [
        (right, "Solved: fork_basics."),
        (wrong("fork_basics", "seven_bits"), "CHECK FAILED"),
        (warned, "is_never_called"),
        (torn, "Your answer does not compile yet."),
    ];
    for (answer, words) in said {
        let (unix, windows) = (reports(&workbook, &answer), reports(&workbook, &windows(&answer)));
        assert!(unix[1].1.iter().any(|line| line.contains(words)), "{words:?} is not in {unix:#?}");
        assert_eq!(unix, windows);
        let returns = windows.iter().flat_map(|(_, lines)| lines).find(|line| line.contains('\r'));
        assert_eq!(returns, None);
    }
}

/// The text without a newline at its end, as another editor saves it.
fn without_the_last_newline(text: &str) -> String {
    text.trim_end_matches('\n').to_owned()
}

/// A stub that an editor has only saved is no answer yet: it is not listed as one, and follows a
/// newer stub.
#[test]
fn a_stub_that_was_only_saved_is_not_started() {
    let workbook = Workbook::below("saved-only", "project");
    workbook.own_stubs();
    workbook.build();
    for saved in [windows, without_the_last_newline] {
        is_not_started(&workbook, saved);
    }
}

fn is_not_started(workbook: &Workbook, saved: fn(&str) -> String) {
    workbook.save("fork_basics", &saved(&workbook.stub("fork_basics")));
    workbook.run(&["list"]).assert(0, &[&line("fork_basics", "not started")]);
    let nothing = ["there was no answer to keep"];
    workbook.run(&["reset", "fork_basics", "--yes"]).assert(0, &nothing);

    workbook.save("fork_basics", &saved(&workbook.stub("fork_basics")));
    let newer = format!("//! A new line of the task.\n{}", workbook.stub("fork_basics"));
    let stub = workbook.root.join("exercises/stubs/fork_basics.rs");
    std::fs::write(stub, &newer).expect("a file of this test");
    workbook.build();
    assert_eq!(workbook.read("exercises/src/fork_basics.rs"), newer);
}
