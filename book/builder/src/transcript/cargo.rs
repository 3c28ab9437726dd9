//! What the commands of a block ask of cargo.
//!
//! `cargo run -q -p NAME --` (with or without `-q` and `--bin`) is not run as it stands: it becomes
//! the program that cargo built, because cargo takes a lock and so would run one block after the
//! other. For the same reason `cargo test -q -p NAME --test TARGET` becomes the test program. Only
//! what the commands need is built before, so that no block waits for a compiler.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use crate::workspace::{TestProgram, Workspace};

/// A test target of a small package, which is built with whatever else is wanted: see [`build`].
const SMALL_TEST: &str = "child_assert";

/// The programs that the command runs, as cargo calls their files.
pub(crate) fn programs(command: &str) -> BTreeSet<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let run = (0..words.len()).filter_map(|at| CargoRun::at(&words[at..]));
    let built = words.iter().filter_map(|word| word.split_once("target/debug/").map(|(_, p)| p));
    let built = built.map(|program| program.trim_end_matches(['\'', '"', ';']));
    run.map(|run| run.program).chain(built).map(str::to_owned).collect()
}

/// The test targets that the command runs.
pub(crate) fn test_targets(command: &str) -> BTreeSet<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let tests = (0..words.len()).filter_map(|at| CargoTest::at(&words[at..]));
    tests.map(|test| test.target.to_owned()).collect()
}

/// `cargo run [-q] -p PACKAGE [--bin PROGRAM] [--]` at the beginning of some words.
struct CargoRun<'a> {
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
        Some(CargoRun { program, length: words.len() - rest.len() })
    }
}

/// `cargo test -q -p PACKAGE --test TARGET` at the beginning of some words.
struct CargoTest<'a> {
    package: &'a str,
    target: &'a str,
}

impl<'a> CargoTest<'a> {
    const LENGTH: usize = 7;

    fn at(words: &[&'a str]) -> Option<Self> {
        match *words {
            ["cargo", "test", "-q", "-p", package, "--test", target, ..] => {
                Some(CargoTest { package, target })
            }
            _ => None,
        }
    }

    /// How a shell runs it without cargo, but in the folder where cargo runs a test. (`-q` is not
    /// handed on: cargo does so only if the target has the usual harness.)
    fn runnable(&self, workspace: &Workspace) -> Option<String> {
        let TestProgram { program, folder } = workspace.test_program(self.package, self.target)?;
        let name = format!("CARGO_PKG_NAME={}", self.package);
        let words = [&*folder.to_string_lossy(), &name, &program.to_string_lossy()].map(quoted);
        Some(format!("env -C {}", words.join(" ")))
    }
}

/// One word for a shell, whatever is in it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The command with the programs in the folder `programs` instead of `cargo run`, and with the
/// test programs that were built instead of `cargo test`.
pub(super) fn runnable(command: &str, programs: &Path, workspace: &Workspace) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    let (mut out, mut at, mut in_test) = (Vec::new(), 0, false);
    while at < words.len() {
        let test = CargoTest::at(&words[at..]).and_then(|test| test.runnable(workspace));
        if let Some(run) = CargoRun::at(&words[at..]) {
            out.push(programs.join(run.program).display().to_string());
            at += run.length;
        } else if let Some(test) = test {
            (in_test, at) = (true, at + CargoTest::LENGTH);
            out.push(test);
        } else {
            // What follows the first `--` is for the test program, and so is what precedes it.
            if !(in_test && words[at] == "--") {
                out.push(words[at].to_owned());
            }
            in_test &= !["--", "|", ";", "&&"].contains(&words[at]);
            at += 1;
        }
    }
    out.join(" ")
}

/// Builds programs and test targets.
///
/// Cargo chooses the features of a dependency for all the packages that it builds together, and for
/// their tests if it builds a test. So no package is named here, and one test is always built:
/// then all is as `cargo test` has built it, and nothing is built a second time.
///
/// # Errors
///
/// If cargo cannot be run or cannot build them.
pub(crate) fn build(
    programs: &BTreeSet<String>,
    tests: &BTreeSet<String>,
    workspace: &Workspace,
) -> anyhow::Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
    cargo.args(programs.iter().flat_map(|program| ["--bin", program]));
    cargo.args(tests.iter().flat_map(|test| ["--test", test]));
    cargo.args(["--test", SMALL_TEST]);
    cargo.args(workspace.programs().ends_with("release").then_some("--release"));
    let built = cargo.stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(built.status.success(), "the programs of the book do not build");
    let lines = String::from_utf8_lossy(&built.stdout);
    let artifacts = lines.lines().filter_map(|line| serde_json::from_str::<Artifact>(line).ok());
    for artifact in artifacts.filter(|artifact| artifact.target.kind == ["test"]) {
        let Some((package, target, found)) = artifact.test() else { continue };
        workspace.add_test_program(package, target, found);
    }
    Ok(())
}

/// What cargo says of a file that it has built.
/// (<https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages>)
#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    manifest_path: PathBuf,
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

impl Artifact {
    /// Package and target, and where the test program is.
    fn test(self) -> Option<(String, String, TestProgram)> {
        let folder = self.manifest_path.parent()?.to_owned();
        Some((
            package_name(&self.package_id)?.to_owned(),
            self.target.name,
            TestProgram { program: self.executable?, folder },
        ))
    }
}

/// The name in a package ID: `path+file:///a/FOLDER#NAME@0.1.0`, or `path+file:///a/NAME#0.1.0`.
/// (<https://doc.rust-lang.org/cargo/reference/pkgid-spec.html>)
fn package_name(id: &str) -> Option<&str> {
    let (url, fragment) = id.rsplit_once('#')?;
    fragment.split_once('@').map_or(url.rsplit('/').next(), |(name, _)| Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_run_becomes_the_program_itself() {
        let workspace = Workspace::at(Path::new("/w"));
        let runnable = |line| runnable(line, Path::new("/p"), &workspace);
        assert_eq!(
            runnable("cargo run -q -p lesson-x -- 3 --a | head -1"),
            "/p/lesson-x 3 --a | head -1"
        );
        assert_eq!(runnable("cargo run -q -p lesson-x"), "/p/lesson-x");
        let line = "cargo run -q -p book-examples --bin twice -- --flush";
        assert_eq!(runnable(line), "/p/twice --flush");
        assert_eq!(programs(line), BTreeSet::from(["twice".to_owned()]));
        let all = programs("cargo run -p x && target/debug/lesson-y; strace 'target/debug/z'");
        assert_eq!(all.iter().collect::<Vec<_>>(), ["lesson-y", "x", "z"]);
    }

    #[test]
    fn cargo_test_becomes_the_test_program() {
        let workspace = Workspace::at(Path::new("/w"));
        let found = TestProgram { program: "/t/y-12".into(), folder: "/w/it's x".into() };
        workspace.add_test_program("x".into(), "y".into(), found);
        let line = "cargo test -q -p x --test y one -- --nocapture | sed -- 1d";
        assert_eq!(test_targets(line), BTreeSet::from(["y".to_owned()]));
        assert!(programs(line).is_empty());
        assert_eq!(
            runnable(line, Path::new("/p"), &workspace),
            r"env -C '/w/it'\''s x' 'CARGO_PKG_NAME=x' '/t/y-12' one --nocapture | sed -- 1d"
        );
        let other = "cargo test -q -p x --test unknown -- a; cargo test -q -p x";
        assert_eq!(runnable(other, Path::new("/p"), &workspace), other);
    }

    #[test]
    fn a_package_id_names_its_package() {
        assert_eq!(package_name("path+file:///w/solutions#0.1.0"), Some("solutions"));
        assert_eq!(package_name("path+file:///w/rust#book-examples@0.1.0"), Some("book-examples"));
    }
}
