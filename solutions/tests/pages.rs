//! The page of an exercise and the stub ask for the same: the same functions, and the same conditions.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn exercises() -> Vec<String> {
    let list = read("exercises/exercises.toml");
    let names = list.lines().filter_map(|line| line.strip_prefix("name = \""));
    names.map(|name| name.trim_end_matches('"').to_owned()).collect()
}

/// Without white space and the commas at the ends of lists, which depend on where lines break.
fn dense(text: &str) -> String {
    text.split_whitespace().collect::<String>().replace(",)", ")")
}

/// The signatures of the public functions that are to be written: their bodies are `todo!`s.
fn signatures(stub: &str) -> Vec<String> {
    let functions = stub.split("pub fn ").skip(1);
    let to_do = functions.filter_map(|text| {
        let (signature, body) = text.split_once(" {\n").or_else(|| text.split_once("\n{\n"))?;
        let body = body.trim_start();
        let begins = body.starts_with("todo!") || body.starts_with("// When you have found");
        begins.then(|| signature.split("\nwhere").next().unwrap_or_default().to_owned())
    });
    to_do.collect()
}

/// The task on a page, up to the section on its checks.
fn task(page: &str) -> &str {
    page.split_once("## Run its checks").expect("a page has this section").0
}

#[test]
fn a_page_shows_the_functions_of_its_stub() {
    let mut faults = Vec::new();
    for name in exercises() {
        let page = dense(task(&read(&format!("book/src/exercises/{name}.md"))));
        let found = signatures(&read(&format!("exercises/stubs/{name}.rs")));
        assert!(!found.is_empty(), "{name}: no todo! in its stub");
        // A function without arguments is a question, and a page shows one of several.
        let asked = found.iter().filter(|signature| !dense(signature).contains("()->"));
        let missing = asked.filter(|signature| !page.contains(&dense(signature)));
        faults.extend(missing.map(|signature| format!("{name}: {signature}")));
    }
    assert!(faults.is_empty(), "not on the page:\n{}", faults.join("\n"));
}

/// Says that an answer may return this error, where its checks let it.
const EINTR_ACCEPTED: &str =
    "he checks also accept an `EINTR` error, although the caller can do little with it.";

/// Conditions that one of the two could name and the other forget.
const CONDITIONS: [&str; 17] = [
    "one thread",
    "EINTR",
    EINTR_ACCEPTED,
    "The child is a copy of the caller",
    "Both signals may be sent to the workers too, as when they are sent to a whole process group.",
    "A worker goes on when `accept` fails, because the client may only have given up.",
    "The program finds the standard streams, the environment and the working directory of this process.",
    "Each program finds the environment, the working directory and all settings of this process.",
    "A second SIGTERM ends the children meanwhile too.",
    "UTF-8",
    "other children",
    "fork fails",
    "second fork fails",
    "panics",
    "no more than there are",
    "incomplete",
    "`Duration::MAX`",
];

/// The task in a stub's head, in one line.
fn head_of_the_stub(name: &str) -> String {
    let stub = read(&format!("exercises/stubs/{name}.rs"));
    let lines: Vec<&str> = stub.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_page_names_the_conditions_of_its_stub() {
    let mut faults = Vec::new();
    for name in exercises() {
        let page = read(&format!("book/src/exercises/{name}.md"));
        let page = task(&page).split_whitespace().collect::<Vec<_>>().join(" ");
        let stub = head_of_the_stub(&name);
        for condition in CONDITIONS {
            let [on_page, in_stub] = [&page, &stub].map(|text| text.contains(condition));
            if on_page != in_stub {
                faults.push(format!("{name}: {condition:?}: page {on_page}, stub {in_stub}"));
            }
        }
    }
    assert!(faults.is_empty(), "only one of the two names these:\n{}", faults.join("\n"));
}

/// Whether a fork after the first one fails in some check, so that there are children to wait for.
fn has_children_when_a_fork_fails(checks: &str) -> bool {
    let number = |text: &str| text.split(')').next().and_then(|n| n.parse::<u32>().ok());
    let fails = checks.split(".fork_fails(").skip(1).filter_map(number).any(|n| n > 1);
    let after = checks.split(".fork_fails_after(").skip(1).filter_map(number).any(|n| n > 0);
    fails || after || checks.contains(".with_any_fork_refused()")
}

/// Whether a task says what becomes of the children that exist when a fork fails.
fn says_what_then(task: &str) -> bool {
    let after = ["fork fails", "cannot be forked"].map(|words| task.split(words).skip(1));
    let sentences = after.into_iter().flatten();
    let mut sentences = sentences.map(|text| text.chars().take(200).collect::<String>());
    let what = ["wait", "reap", "stop", "finish", "do not fork again"];
    sentences.any(|text| what.iter().any(|word| text.contains(word)))
}

#[test]
fn a_task_says_what_a_failed_fork_asks_for() {
    let mut faults = Vec::new();
    let mut checked = 0;
    for name in exercises() {
        if has_children_when_a_fork_fails(&read(&format!("exercises/tests/checks/{name}.rs"))) {
            checked += 1;
            let page = read(&format!("book/src/exercises/{name}.md"));
            let page = task(&page).split_whitespace().collect::<Vec<_>>().join(" ");
            let silent = [("page", page), ("stub", head_of_the_stub(&name))].into_iter();
            let silent = silent.filter(|(_, task)| !says_what_then(task));
            faults.extend(silent.map(|(place, _)| format!("{name}: its {place}")));
        }
    }
    assert!(checked > 2, "only {checked} exercises have such a check");
    assert!(faults.is_empty(), "these do not say it:\n{}", faults.join("\n"));
    assert!(!says_what_then("If a fork or a wait fails, return its error."));
}

/// All that checks an exercise: its file, and those in the folder of its name.
fn checks(name: &str) -> String {
    let folder = root().join("exercises/tests/checks");
    let parts = fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
    let files = parts.map(|part| part.path()).chain([folder.join(format!("{name}.rs"))]);
    files.map(|file| fs::read_to_string(file).expect("checks")).collect()
}

/// A learner who returns the error would otherwise look for a mistake that is none, or take it for
/// refused where it is not.
#[test]
fn a_stub_says_that_eintr_is_accepted_where_it_is() {
    let mut faults = Vec::new();
    for name in exercises() {
        let accepted = checks(&name).contains("says_interrupted(");
        if head_of_the_stub(&name).contains(EINTR_ACCEPTED) != accepted {
            faults.push(format!("{name}: EINTR is accepted: {accepted}; its stub says otherwise"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
