//! `git pull` beside answers: it never meets one, because git ignores them and the first build
//! creates them.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

mod tools;

use std::fs;
use std::path::Path;
use std::process::Command;

use tools::{Workbook, reference};

/// Runs git in a folder, and gives what it printed.
fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]);
    command.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
    let output = command.args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Puts a line into a stub, as a later version of the workbook does.
fn add_to_stub(root: &Path, name: &str) {
    let file = root.join(format!("exercises/stubs/{name}.rs"));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, format!("//! A new line of the task.\n{text}")).unwrap();
}

/// The workbook as a project that a learner has cloned, with the stubs in it.
fn cloned(name: &str) -> (Workbook, Workbook) {
    let project = Workbook::below(name, "project");
    project.own_stubs();
    let ignored = fs::read_to_string(tools::real_root().join(".gitignore")).unwrap();
    fs::write(project.root.join(".gitignore"), ignored).unwrap();
    git(&project.root, &["init", "--quiet"]);
    git(&project.root, &["add", "."]);
    git(&project.root, &["commit", "--quiet", "--message", "A version"]);
    let learner = Workbook::in_folder(&format!("{name}-clone"));
    git(&project.root, &["clone", "--quiet", ".", learner.root.to_str().unwrap()]);
    (project, learner)
}

#[test]
fn a_changed_stub_is_pulled_over_a_solved_exercise() {
    if Command::new("git").arg("--version").output().is_err() {
        eprintln!("skipped: there is no git here");
        return;
    }
    let (project, learner) = cloned("pull");
    assert!(!learner.answer("fork_basics").exists(), "git knows no answers");
    learner.build();
    assert_eq!(learner.read("exercises/src/many_forks.rs"), learner.stub("many_forks"));
    learner.solve("fork_basics");
    assert_eq!(
        git(&learner.root, &["status", "--porcelain", "exercises"]),
        "",
        "an answer is no change"
    );

    for name in ["fork_basics", "many_forks"] {
        add_to_stub(&project.root, name);
    }
    git(&project.root, &["commit", "--quiet", "--all", "--message", "A clearer task"]);
    git(&learner.root, &["pull", "--quiet", "--ff-only"]);
    learner.build();
    assert_eq!(learner.read("exercises/src/fork_basics.rs"), reference("fork_basics"));
    let untouched = learner.read("exercises/src/many_forks.rs");
    assert!(untouched.starts_with("//! A new line of the task."), "it follows its stub");
    assert_eq!(untouched, learner.stub("many_forks"));
}

/// `cargo test` alone, which looks at the times of files only.
#[test]
fn cargo_test_refuses_to_judge_another_file_than_it_compiled() {
    let workbook = Workbook::built("old-time");
    workbook.solve("fork_basics");
    let file = workbook.answer("fork_basics");
    assert!(workbook.cargo_test("fork_basics").contains("test result: ok."));

    let wrong = tools::wrong("fork_basics", "no_wait");
    fs::write(&file, &wrong).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
    let refused = workbook.cargo_test("fork_basics");
    assert!(
        refused.contains("src/fork_basics.rs is not the file that cargo compiled"),
        "{refused}"
    );
    let judged = workbook.cargo_test("fork_basics");
    assert!(judged.contains("NOT WAITED FOR"), "{judged}");
}
