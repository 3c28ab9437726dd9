//! The reference of mini_make against GNU make, on projects that a seed makes: the same files are made,
//! with the same text and the same exit status.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at the first thing that is not as expected"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

#[test]
fn a_chain() {
    compare("chain", &chain(1), 4);
}

#[test]
fn many_diamonds() {
    compare("diamonds", &diamonds(2), 4);
    compare("more-diamonds", &diamonds(3), 2);
}

/// All that is begun before the failure is built before it, so chance decides nothing.
#[test]
fn a_recipe_that_fails() {
    compare("failing", &bottleneck(4), 4);
}

/// One job: both begin the recipes in the same order, so they stop at the same one.
#[test]
fn a_recipe_that_fails_in_the_middle() {
    let mut project = diamonds(5);
    project.rules[20].lines.push("false".to_owned());
    compare("failing-alone", &project, 1);
}

/// Rules in an order in which each stands after those that it needs, and files without rules.
struct Project {
    sources: Vec<String>,
    rules: Vec<Rule>,
    numbers: Numbers,
}

struct Rule {
    target: String,
    needs: Vec<String>,
    lines: Vec<String>,
}

impl Rule {
    fn of(target: &str, needs: Vec<String>) -> Rule {
        let made = format!("sort -u {} > {target}", needs.join(" "));
        Rule { target: target.to_owned(), needs, lines: vec![made, format!("echo {target} made")] }
    }
}

/// Numbers that look random, and are the same in every run.
#[derive(Clone)]
struct Numbers(u64);

impl Numbers {
    /// One of 0 to `end - 1`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % end
    }

    /// Up to `count` of them.
    fn some(&mut self, names: &[String], count: usize) -> Vec<String> {
        let chosen: BTreeSet<usize> = (0..count).map(|_| self.below(names.len())).collect();
        chosen.into_iter().map(|index| names[index].clone()).collect()
    }
}

fn sources(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("source{number}")).collect()
}

/// Each target needs the one before it, and a source.
fn chain(seed: u64) -> Project {
    let (sources, mut numbers) = (sources(5), Numbers(seed));
    let mut rules: Vec<Rule> = Vec::new();
    for number in 0..15 {
        let mut needs = numbers.some(&sources, 1);
        needs.extend(rules.last().map(|rule| rule.target.clone()));
        rules.push(Rule::of(&format!("f{number}"), needs));
    }
    Project { sources, rules, numbers }
}

/// Each target needs up to four files, of all that stand before it.
fn diamonds(seed: u64) -> Project {
    let (sources, mut numbers) = (sources(8), Numbers(seed));
    let (mut names, mut rules) = (sources.clone(), Vec::new());
    for number in 0..40 {
        let last = names.len().saturating_sub(12);
        let needs = numbers.some(&names[last..], 4);
        names.push(format!("f{number}"));
        rules.push(Rule::of(&format!("f{number}"), needs));
    }
    let targets = names.split_off(sources.len());
    rules.push(Rule::of("all", targets));
    Project { sources, rules, numbers }
}

/// Six targets, then one that needs all of them and fails, then six that need it.
fn bottleneck(seed: u64) -> Project {
    let (sources, mut numbers) = (sources(4), Numbers(seed));
    let names = |from| (from..from + 6).map(|number| format!("f{number}")).collect::<Vec<_>>();
    let mut rules: Vec<Rule> =
        names(0).iter().map(|name| Rule::of(name, numbers.some(&sources, 2))).collect();
    rules.push(Rule::of("narrow", names(0)));
    rules[6].lines.push("exit 3".to_owned());
    rules.extend(names(6).iter().map(|name| Rule::of(name, vec!["narrow".to_owned()])));
    rules.push(Rule::of("all", names(6)));
    Project { sources, rules, numbers }
}

impl Project {
    fn goal(&self) -> &str {
        &self.rules[self.rules.len() - 1].target
    }

    fn makefile(&self) -> String {
        let rule = |rule: &Rule| {
            let lines: String = rule.lines.iter().map(|line| format!("\t{line}\n")).collect();
            format!("{}: {}\n{lines}", rule.target, rule.needs.join(" "))
        };
        self.rules.iter().map(rule).collect()
    }
}

/// What a run has made of a folder.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: Option<i32>,
    /// The targets whose files are newer than before.
    made: Vec<String>,
    /// All files, with their text.
    files: Vec<(String, String)>,
    /// What the recipes have printed, sorted: recipes that run at once may end in any order.
    lines: Vec<String>,
}

/// Both begin without a target. In each later round some sources have changed, and some targets are gone.
fn compare(name: &str, project: &Project, jobs: usize) {
    if !is_gnu_make() {
        return testkit::skip("mini_make against make: there is no GNU make");
    }
    let folders = ["make", "ours"].map(|kind| folder(&format!("{name}-{kind}"), project));
    let mut numbers = project.numbers.clone();
    for round in 0..5 {
        let targets: Vec<String> = project.rules.iter().map(|rule| rule.target.clone()).collect();
        let changed = numbers.some(&project.sources, round.min(2));
        let gone = numbers.some(&targets, round / 2);
        for folder in &folders {
            set_times(folder, project, &changed, &gone);
        }
        let [real, ours] = &folders;
        let wanted = outcome(real, project, make(real, project.goal(), jobs));
        let got = outcome(ours, project, mini_make(ours, project.goal(), jobs));
        assert_eq!(got, wanted, "{name}, round {round}: {changed:?} changed, {gone:?} are gone");
        assert!(round > 0 || !wanted.made.is_empty(), "{name}: make has made nothing");
    }
    folders.iter().for_each(|folder| fs::remove_dir_all(folder).unwrap());
}

fn folder(name: &str, project: &Project) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("real_make-{name}"));
    let _ = fs::remove_dir_all(&folder); // of a run that was broken off
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("Makefile"), project.makefile()).unwrap();
    for source in &project.sources {
        fs::write(folder.join(source), format!("{source}\n")).unwrap();
    }
    folder
}

/// Long before this test: all times of sources and targets are in the past.
const BEFORE: u64 = 1_000_000_000;

/// Everything is up to date, but for the sources that have changed and the targets that are gone.
fn set_times(folder: &Path, project: &Project, changed: &[String], gone: &[String]) {
    let set = |name: &str, seconds: u64| {
        if let Ok(file) = File::options().append(true).open(folder.join(name)) {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(BEFORE + seconds);
            file.set_modified(time).unwrap();
        }
    };
    project.sources.iter().for_each(|name| set(name, 0));
    for (seconds, rule) in (1..).zip(&project.rules) {
        set(&rule.target, seconds);
    }
    changed.iter().for_each(|name| set(name, 1_000));
    for name in gone {
        let _ = fs::remove_file(folder.join(name)); // it may not have been made
    }
}

fn outcome(folder: &Path, project: &Project, output: Output) -> Outcome {
    let text = |name: &String| Some((name.clone(), fs::read_to_string(folder.join(name)).ok()?));
    let is_new = |name: &String| {
        let time = fs::metadata(folder.join(name)).and_then(|file| file.modified());
        time.is_ok_and(|time| time > SystemTime::UNIX_EPOCH + Duration::from_secs(BEFORE + 10_000))
    };
    let targets: Vec<String> = project.rules.iter().map(|rule| rule.target.clone()).collect();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    lines.sort();
    Outcome {
        status: output.status.code(),
        made: targets.iter().filter(|name| is_new(name)).cloned().collect(),
        files: targets.iter().filter_map(text).collect(),
        lines,
    }
}

fn is_gnu_make() -> bool {
    let version = Command::new("make").arg("--version").output();
    version.is_ok_and(|version| version.stdout.starts_with(b"GNU Make"))
}

fn make(folder: &Path, goal: &str, jobs: usize) -> Output {
    // The exercise's rule: the target of a failed recipe is removed.
    fs::write(folder.join("delete.mk"), ".DELETE_ON_ERROR:\n").unwrap();
    let mut make = Command::new("make");
    make.args(["--silent", "-f", "delete.mk", "-f", "Makefile", goal]);
    make.arg(format!("-j{jobs}")).current_dir(folder);
    make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL").output().unwrap()
}

fn mini_make(folder: &Path, goal: &str, jobs: usize) -> Output {
    let mut program = Command::new(program());
    program.args(["Makefile", goal, &jobs.to_string()]).current_dir(folder).output().unwrap()
}

/// The reference as a program, which `cargo test --test real_make` alone does not build.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| testkit::build([["--example", "mini_make"]]).join("examples/mini_make"))
}
