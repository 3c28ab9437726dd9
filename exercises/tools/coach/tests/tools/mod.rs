//! A workbook to try the coach in: the learner's own is never touched.
#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::allow_attributes, reason = "which of it is not used differs")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

mod folder;
mod slot;

#[cfg(target_os = "linux")]
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use testkit::{Lesson, Terminal};
use toml::Table;

const COACH: &str = env!("CARGO_BIN_EXE_coach");

/// A workbook with all stubs. Crates are shared with the real workbook.
pub(crate) struct Workbook {
    pub(crate) root: PathBuf,
    mark: String,
    /// The folder is a [slot]'s, as long as this is open.
    _slot: Option<File>,
}

impl Workbook {
    /// A workbook in which a few exercises can be checked: those that most tests solve. To compile
    /// the checks of all of them takes three times as long.
    pub(crate) fn new(name: &str) -> Workbook {
        Workbook::in_slot(name, "few", &few())
    }

    /// One in which these can be checked as well.
    pub(crate) fn with(name: &str, others: &[&str]) -> Workbook {
        Workbook::in_slot(name, "some", &[&few(), others].concat())
    }

    /// One in which all exercises can be checked.
    pub(crate) fn with_all(name: &str) -> Workbook {
        let names = names();
        let all: Vec<&str> = names.iter().map(|name| &**name).collect();
        Workbook::in_slot(name, "all", &all)
    }

    fn in_slot(name: &str, kind: &str, checked: &[&str]) -> Workbook {
        let (root, slot) = slot::take(kind);
        let version = root.file_name().unwrap().to_str().unwrap();
        folder::fill(&root, &real_root(), version, checked);
        let mark = format!("{name}-{}", std::process::id());
        Workbook { root, mark, _slot: Some(slot) }
    }

    /// One in a new folder of its own, at this place below the usual one: nothing is built yet.
    pub(crate) fn below(name: &str, place: &str) -> Workbook {
        let mut workbook = Workbook::in_folder(name);
        workbook.root.push(place);
        folder::fill(&workbook.root, &real_root(), name, &few());
        workbook
    }

    /// Nothing yet, in a folder that is not there.
    pub(crate) fn in_folder(name: &str) -> Workbook {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("workbook-{name}"));
        let _ = fs::remove_dir_all(&root); // none of an earlier run
        Workbook { root, mark: format!("{name}-{}", std::process::id()), _slot: None }
    }

    /// The same, with its crates built: on a machine where nothing was built yet that takes longer
    /// than anybody waits for a screen.
    pub(crate) fn built(name: &str) -> Workbook {
        static ONCE: Once = Once::new();
        let workbook = Workbook::new(name);
        ONCE.call_once(|| workbook.build());
        workbook
    }

    /// Builds the checks.
    pub(crate) fn build(&self) {
        let mut command = self.cargo();
        command.args(["test", "--quiet", "--package", "exercises", "--test", "checks", "--no-run"]);
        let built = command.output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    /// What `cargo test -p exercises NAME` prints.
    pub(crate) fn cargo_test(&self, name: &str) -> String {
        let output = self.cargo().args(["test", "--package", "exercises", name]).output().unwrap();
        let said = Said::of(&output);
        format!("{}{}", said.out, said.err)
    }

    /// Cargo in its folder.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", target());
        command
    }

    /// Stubs that a test may change, instead of the real workbook's.
    pub(crate) fn own_stubs(&self) {
        let stubs = self.root.join("exercises/stubs");
        fs::remove_file(&stubs).unwrap();
        fs::create_dir(&stubs).unwrap();
        for stub in fs::read_dir(real_root().join("exercises/stubs")).unwrap().flatten() {
            fs::copy(stub.path(), stubs.join(stub.file_name())).unwrap();
        }
    }

    /// How an answer begins.
    pub(crate) fn stub(&self, name: &str) -> String {
        self.read(&format!("exercises/stubs/{name}.rs"))
    }

    /// What is in a file of it.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap()
    }

    /// The path of an answer.
    pub(crate) fn answer(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/src/{name}.rs"))
    }

    /// Saves an answer as most editors do: a new file takes the old one's place.
    pub(crate) fn save(&self, name: &str, text: &str) {
        let new = self.root.join(format!("exercises/src/.{name}.rs.swp"));
        fs::write(&new, text).unwrap();
        fs::rename(new, self.answer(name)).unwrap();
    }

    /// Solves an exercise.
    pub(crate) fn solve(&self, name: &str) {
        self.save(name, &reference(name));
    }

    /// The coach on a terminal of this size.
    pub(crate) fn on_terminal(&self, rows: u16, columns: u16, args: &[&str]) -> Terminal {
        let lesson = Lesson::new(COACH).args(args).in_folder(&self.root);
        let lesson = lesson.env("CARGO_TARGET_DIR", target()).env("WORKBOOK_COACH", &self.mark);
        lesson.env("CARGO", cargo()).start_on_terminal(rows, columns)
    }

    /// A shell on a terminal, which is to start the [coach](Workbook::coach).
    pub(crate) fn in_shell(&self, script: &str) -> Terminal {
        let lesson = Lesson::new("/bin/sh").args(["-c", script]).in_folder(&self.root);
        let lesson = lesson.env("CARGO_TARGET_DIR", target()).env("WORKBOOK_COACH", &self.mark);
        lesson.env("CARGO", cargo()).start_on_terminal(30, 80)
    }

    /// What to type in a shell to start it.
    pub(crate) fn coach(&self) -> String {
        quoted(Path::new(COACH))
    }

    /// The coach without a terminal.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(COACH);
        command.args(args).current_dir(&self.root).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", target()).env("WORKBOOK_COACH", &self.mark);
        command.env("CARGO", cargo()).env_remove("GRADER_TIMELINE");
        command
    }

    /// What it says and how it ends.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command(args).output().unwrap())
    }

    /// Processes that the coach, or whatever it started, has left alive. Those are known by a mark in
    /// their environment. A plain user cannot read the environment of a process that has entered a
    /// user namespace, such as the checks, so children of marked processes count as well.
    #[cfg(target_os = "linux")]
    pub(crate) fn alive(&self) -> Vec<String> {
        let mark = format!("WORKBOOK_COACH={}", self.mark);
        let mut marked = BTreeSet::new();
        for process in procinfo::processes().unwrap() {
            if process.state == procinfo::State::Zombie {
                continue;
            }
            let pid = process.pid.as_raw();
            let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let has_mark = environ.split(|byte| *byte == 0).any(|one| one == mark.as_bytes());
            if has_mark || marked.contains(&process.parent.as_raw()) {
                marked.insert(pid);
            }
        }
        let named = marked.iter().map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            format!("{:?} {}", pid.to_string(), String::from_utf8_lossy(&line))
        });
        named.collect()
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn alive(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a run of the coach said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Said {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout.clone()), text(output.stderr.clone()));
        Said { code: output.status.code(), out, err }
    }

    pub(crate) fn assert(&self, code: i32, parts: &[&str]) {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, Some(code), "{all}");
        parts.iter().for_each(|part| assert!(all.contains(part), "{part:?} is not in:\n{all}"));
    }
}

/// Waits until a process of the workbook is there whose command line has this in it. (Where
/// nothing shows that, the test goes on.)
pub(crate) fn running(workbook: &Workbook, part: &str) {
    if cfg!(target_os = "linux") {
        soon(part, || workbook.alive().iter().any(|line| line.contains(part)));
    }
}

/// A path as one word of a shell's line, whatever is in it.
pub(crate) fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"))
}

/// Waits until something is so that no event reports. Before it, other tests may have to build.
pub(crate) fn soon(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "looks again in a while; no order depends on it")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

/// Zombies that have become this process's children: a coach that was not killed has reaped its
/// own, and adopted what its checks had left.
#[cfg(target_os = "linux")]
pub(crate) fn inherited_zombies() -> Vec<String> {
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let stats = folders.filter_map(|folder| fs::read_to_string(folder.path().join("stat")).ok());
    let ours = format!(" Z {} ", std::process::id());
    let zombies = stats.filter(|stat| stat.contains(&ours));
    // The guardians of a check are started as /proc/self/exe.
    let started = ["(exe)", "(checks", "(cargo)", "(rustc)"];
    zombies.filter(|stat| started.iter().any(|name| stat.contains(name))).collect()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn inherited_zombies() -> Vec<String> {
    Vec::new()
}

/// Builds a program of `tests/fixtures`.
pub(crate) fn build_fixture(name: &str) {
    testkit::build([["--example", name]]);
}

/// The names of all exercises, in the order of the book.
pub(crate) fn names() -> Vec<String> {
    let text = fs::read_to_string(real_root().join("exercises/exercises.toml")).unwrap();
    let list: Table = text.parse().unwrap();
    let exercises = list["exercise"].as_array().unwrap().iter();
    exercises.map(|exercise| exercise["name"].as_str().unwrap().to_owned()).collect()
}

/// Where an exercise stands among them, counted from 1.
pub(crate) fn number(name: &str) -> usize {
    names().iter().position(|other| other == name).unwrap() + 1
}

/// The exercise that comes after this one.
pub(crate) fn after(name: &str) -> String {
    names().swap_remove(number(name))
}

/// How its line in the list begins, with what is said of its status.
pub(crate) fn line(name: &str, status: &str) -> String {
    format!("{:2} {name:<17} {status}", number(name))
}

/// The sum below the list.
pub(crate) fn solved(count: usize) -> String {
    format!("{count} of {} solved.", names().len())
}

/// The first line of an exercise's screen.
pub(crate) fn heading(name: &str) -> String {
    format!("Exercise {} of {}: {name}", number(name), names().len())
}

/// The exercises that the tests solve, or go to.
fn few() -> Vec<&'static str> {
    static FEW: OnceLock<Vec<String>> = OnceLock::new();
    let few = FEW.get_or_init(|| {
        let (first, next) = (names().swap_remove(0), after("fork_basics"));
        let mut few = vec![first, next, "fork_basics".into(), "many_forks".into()];
        few.extend(["divide_jobs".to_owned(), "wait_status".to_owned()]);
        few.sort();
        few.dedup();
        few
    });
    few.iter().map(|name| &**name).collect()
}

/// The reference of an exercise.
pub(crate) fn reference(name: &str) -> String {
    fs::read_to_string(real_root().join(format!("solutions/src/{name}.rs"))).unwrap()
}

/// A wrong answer to it.
pub(crate) fn wrong(name: &str, mistake: &str) -> String {
    let file = real_root().join(format!("solutions/wrong/{name}/{mistake}.rs"));
    fs::read_to_string(file).unwrap()
}

pub(crate) fn real_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().to_owned()
}

/// The target folder that this test was built in: crates that are there need not be built again.
fn target() -> PathBuf {
    Path::new(COACH).ancestors().nth(2).unwrap().to_owned()
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
