//! A workbook to try the coach in: the learner's own is never touched.
#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::allow_attributes, reason = "which of it is not used differs")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as expected")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use testkit::{Lesson, Terminal};
use toml::{Table, Value};

const COACH: &str = env!("CARGO_BIN_EXE_coach");

/// A copy with all stubs, in a folder of its own that has the same name in every run, so that
/// what was built there is still good. Crates are shared with the real workbook.
pub(crate) struct Workbook {
    pub(crate) root: PathBuf,
    mark: String,
}

impl Workbook {
    pub(crate) fn new(name: &str) -> Workbook {
        Workbook::filled(name, Workbook::in_folder(name))
    }

    /// The same in a folder of any name below the usual one.
    pub(crate) fn below(name: &str, folder: &str) -> Workbook {
        let mut workbook = Workbook::in_folder(name);
        workbook.root.push(folder);
        Workbook::filled(name, workbook)
    }

    fn filled(name: &str, workbook: Workbook) -> Workbook {
        let (root, real) = (&workbook.root, real_root());
        fs::create_dir_all(root.join("exercises/src")).unwrap();
        fs::write(root.join("Cargo.toml"), manifest(&real, name)).unwrap();
        fs::copy(real.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
        for same in ["book", "solutions"] {
            symlink(real.join(same), root.join(same)).unwrap();
        }
        for same in ["tests", "stubs", "hints", "mains"] {
            let same = Path::new("exercises").join(same);
            symlink(real.join(&same), root.join(&same)).unwrap();
        }
        for file in ["Cargo.toml", "build.rs", "exercises.toml", "src/lib.rs"] {
            let file = Path::new("exercises").join(file);
            fs::copy(real.join(&file), root.join(&file)).unwrap();
        }
        for stub in fs::read_dir(real.join("exercises/stubs")).unwrap().flatten() {
            fs::copy(stub.path(), root.join("exercises/src").join(stub.file_name())).unwrap();
        }
        workbook
    }

    /// Nothing yet, in a folder that is not there.
    pub(crate) fn in_folder(name: &str) -> Workbook {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("workbook-{name}"));
        let _ = fs::remove_dir_all(&root); // none of an earlier run
        Workbook { root, mark: format!("{name}-{}", std::process::id()) }
    }

    /// The same, with its checks built: on a machine where nothing was built yet that takes longer
    /// than anybody waits for a screen.
    pub(crate) fn built(name: &str) -> Workbook {
        let workbook = Workbook::new(name);
        workbook.build();
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

    fn cargo(&self) -> Command {
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

    /// What to type to start it.
    pub(crate) fn coach(&self) -> &'static str {
        COACH
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

    /// Processes that the coach, or whatever it started, has left alive.
    #[cfg(target_os = "linux")]
    pub(crate) fn alive(&self) -> Vec<String> {
        let mark = format!("WORKBOOK_COACH={}", self.mark);
        let folders = fs::read_dir("/proc").unwrap().flatten();
        let marked = folders.filter(|folder| {
            let environ = fs::read(folder.path().join("environ")).unwrap_or_default();
            environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        });
        let named = marked.map(|folder| {
            let line = fs::read(folder.path().join("cmdline")).unwrap_or_default();
            format!("{:?} {}", folder.file_name(), String::from_utf8_lossy(&line))
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

/// Waits until something that nobody tells of is so.
pub(crate) fn soon(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
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
    let mut command = Command::new(cargo());
    command.args(["build", "--quiet", "--package", "coach", "--example", name]);
    assert!(command.current_dir(real_root()).status().unwrap().success());
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

/// The workbook's manifest, with the exercises as its only member, in a version of their own: what
/// cargo builds of them is named by package, version and path below the workspace, and must not be
/// taken for what the real workbook has built.
fn manifest(real: &Path, name: &str) -> String {
    let text = fs::read_to_string(real.join("Cargo.toml")).unwrap();
    let mut manifest: Table = text.parse().unwrap();
    // Settings for packages that are not here.
    manifest["profile"]["dev"]["package"].as_table_mut().unwrap().remove("lesson-fork-load");
    let workspace = manifest["workspace"].as_table_mut().unwrap();
    workspace.remove("default-members");
    workspace.insert("members".to_owned(), Value::from(vec!["exercises"]));
    workspace["package"]["version"] = Value::from(format!("0.0.0-{name}"));
    let dependencies = workspace["dependencies"].as_table_mut().unwrap();
    for (_, dependency) in dependencies.iter_mut() {
        if let Some(path) = dependency.get_mut("path") {
            *path = real.join(path.as_str().unwrap()).to_str().unwrap().into();
        }
    }
    manifest.to_string()
}
