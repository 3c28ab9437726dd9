//! The rules and files that a check builds, and what came of it.

use std::fmt::{self, Debug};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::{Report, Rule, build};

/// The files of a check, in an empty folder of its own. They are removed in the end, because a check
/// leaves its folder as empty as it was.
pub(super) struct Project(());

impl Project {
    /// Files with these times.
    pub(super) fn of(files: &[(&str, u64)]) -> Project {
        let project = Project(());
        for (name, time) in files {
            project.touch(name, *time);
        }
        project
    }

    /// Makes the file, or gives it another time: `time` seconds after some moment, the same for all.
    pub(super) fn touch(&self, name: &str, time: u64) {
        self.touch_at(name, 1_000_000_000 + time as i64, 0);
    }

    /// The same, with a time in seconds since the epoch and nanoseconds.
    pub(super) fn touch_at(&self, name: &str, seconds: i64, nanoseconds: u64) {
        let file = File::options().append(true).create(true).open(name);
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        let second = if seconds < 0 { epoch - distance } else { epoch + distance };
        let time = second + Duration::from_nanos(nanoseconds);
        file.and_then(|file| file.set_modified(time)).expect("a file of the check");
    }

    /// A named pipe: a recipe that writes into it and one that reads from it wait for each other.
    pub(super) fn meeting(self, name: &str) -> Project {
        mkfifo(name, Mode::S_IRUSR | Mode::S_IWUSR).expect("a named pipe of the check");
        self
    }

    /// Whether the file is there.
    pub(super) fn has(&self, name: &str) -> bool {
        Path::new(name).exists()
    }

    pub(super) fn text(&self, name: &str) -> String {
        fs::read_to_string(name).unwrap_or_else(|error| format!("{name}: {error}"))
    }

    pub(super) fn remove(&self, name: &str) {
        fs::remove_file(name).expect("a file of the check");
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = io::stdout().flush();
        for file in fs::read_dir(".").into_iter().flatten().flatten() {
            let _ = fs::remove_file(file.path());
        }
    }
}

pub(super) fn rule(target: &str, needs: &[&str], recipe: &str) -> Rule {
    let needs = needs.iter().map(|need| (*need).to_owned()).collect();
    Rule { target: target.to_owned(), needs, recipe: recipe.to_owned() }
}

/// Your `build`, with a plan of all these rules.
pub(super) fn build_all(rules: &[Rule], jobs: usize) -> Result<Report, Failure> {
    let plan: Vec<&Rule> = rules.iter().collect();
    build(&plan, jobs).map_err(|error| match error.raw_os_error() {
        Some(number) => Failure::Os(number),
        None => Failure::Other(format!("{:?}, {error}", error.kind())),
    })
}

/// An error that can be compared.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Of a system call, by its number.
    Os(i32),
    /// Another one, by its kind and its text.
    Other(String),
}

impl Failure {
    /// The number that a system call gave, if it was one.
    pub(super) fn os(&self) -> Option<i32> {
        match self {
            Failure::Os(number) => Some(*number),
            Failure::Other(_) => None,
        }
    }
}

/// A verdict shows an error as a reader knows it.
impl Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Os(number) => write!(f, "{:?}", Errno::from_raw(*number)),
            Failure::Other(text) => f.write_str(text),
        }
    }
}

/// A report without a signal.
pub(super) fn report(built: &[&str], failed: &[&str], not_begun: &[&str]) -> Report {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let [built, failed, not_begun] = [built, failed, not_begun].map(list);
    Report { built, failed, not_begun, signal: None }
}

/// Numbers that look random, and are the same in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    /// One of 0 to `end - 1`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}
