//! What the commands of a block ask of cargo.
//!
//! `cargo run -q -p NAME --` (with or without `-q` and `--bin`) is not run as it stands: it becomes
//! the program that cargo built, because cargo takes a lock and so would run one block after the
//! other. `cargo test -q -p NAME --test TARGET` is run as it stands. Only what it needs is built
//! before, so that no block waits for a compiler.

use std::collections::BTreeSet;
use std::path::Path;

use crate::workspace::Workspace;

/// The packages whose programs the command runs.
pub(crate) fn packages(command: &str) -> BTreeSet<String> {
    named(command, |run| run.package, package_of)
}

/// The programs that the command runs, as cargo calls their files.
pub(super) fn programs(command: &str) -> BTreeSet<String> {
    named(command, |run| run.program, |program| program)
}

/// A name of each `cargo run`, and of each program that is run without it.
fn named<'a>(
    command: &'a str,
    of_run: impl Fn(CargoRun<'a>) -> &'a str,
    of_program: impl Fn(&'a str) -> &'a str,
) -> BTreeSet<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let run = (0..words.len()).filter_map(|at| CargoRun::at(&words[at..]));
    let built = words.iter().filter_map(|word| word.split_once("target/debug/").map(|(_, p)| p));
    let built = built.map(|program| of_program(program.trim_end_matches(['\'', '"', ';'])));
    run.map(of_run).chain(built).map(str::to_owned).collect()
}

/// A lesson's program has its package's name; the others that pages call by their paths are the
/// book's own examples.
fn package_of(program: &str) -> &str {
    if program.starts_with("lesson-") { program } else { "book-examples" }
}

/// The test targets that the command runs, each with its package.
pub(crate) fn test_targets(command: &str) -> BTreeSet<(String, String)> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let targets = (0..words.len()).filter_map(|at| match words[at..] {
        ["cargo", "test", "-q", "-p", package, "--test", target, ..] => Some((package, target)),
        _ => None,
    });
    targets.map(|(package, target)| (package.to_owned(), target.to_owned())).collect()
}

/// `cargo run [-q] -p PACKAGE [--bin PROGRAM] [--]` at the beginning of some words.
struct CargoRun<'a> {
    package: &'a str,
    program: &'a str,
    /// So many words it is.
    length: usize,
}

impl<'a> CargoRun<'a> {
    fn at(words: &[&'a str]) -> Option<Self> {
        let rest = words.strip_prefix(&["cargo", "run"])?;
        let rest = rest.strip_prefix(&["-q"]).unwrap_or(rest);
        let [package, rest @ ..] = rest.strip_prefix(&["-p"])? else { return None };
        let (program, rest) = match rest {
            ["--bin", program, rest @ ..] => (program, rest),
            _ => (package, rest),
        };
        let rest = rest.strip_prefix(&["--"]).unwrap_or(rest);
        Some(CargoRun { package, program, length: words.len() - rest.len() })
    }
}

/// The command with the programs in the folder `programs` instead of `cargo run`.
pub(super) fn runnable(command: &str, programs: &Path) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let run = CargoRun::at(&words[at..]);
        at += run.as_ref().map_or(1, |run| run.length);
        out.push(match run {
            Some(run) => programs.join(run.program).display().to_string(),
            None => words[at - 1].to_owned(),
        });
    }
    out.join(" ")
}

/// Builds the programs of all `packages` at once.
///
/// # Errors
///
/// If cargo cannot be run or cannot build them.
pub(crate) fn build(packages: &BTreeSet<String>, workspace: &Workspace) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet"]);
    cargo.args(packages.iter().flat_map(|package| ["--package", package]));
    cargo.args(workspace.programs().ends_with("release").then_some("--release"));
    anyhow::ensure!(cargo.status()?.success(), "the programs of the book do not build");
    Ok(())
}

/// Builds test targets, so that a block that runs one finds it there.
///
/// # Errors
///
/// If cargo cannot be run or cannot build one of them.
pub(crate) fn build_tests(
    targets: &BTreeSet<(String, String)>,
    workspace: &Workspace,
) -> anyhow::Result<()> {
    for (package, target) in targets {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--quiet", "--no-run"]);
        cargo.args(["--package", package, "--test", target]);
        anyhow::ensure!(cargo.status()?.success(), "{package}'s test {target} does not build");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_run_becomes_the_program_itself() {
        let runnable = |line| runnable(line, Path::new("/p"));
        assert_eq!(
            runnable("cargo run -q -p lesson-x -- 3 --a | head -1"),
            "/p/lesson-x 3 --a | head -1"
        );
        assert_eq!(runnable("cargo run -q -p lesson-x"), "/p/lesson-x");
        let line = "cargo run -q -p book-examples --bin twice -- --flush";
        assert_eq!(runnable(line), "/p/twice --flush");
        assert_eq!(packages(line), BTreeSet::from(["book-examples".to_owned()]));
        let both = packages("cargo run -p x && target/debug/lesson-y; strace 'target/debug/z'");
        assert_eq!(both.iter().collect::<Vec<_>>(), ["book-examples", "lesson-y", "x"]);
        assert_eq!(programs(line), BTreeSet::from(["twice".to_owned()]));
    }

    #[test]
    fn a_test_target_is_found_wherever_it_stands() {
        let line = "cargo test -q -p x --test y one -- --nocapture | sed 1d; cargo test -q -p x";
        let found = test_targets(line);
        assert_eq!(found, BTreeSet::from([("x".to_owned(), "y".to_owned())]));
        assert!(packages(line).is_empty() && runnable(line, Path::new("")) == line);
    }
}
