//! Which targets `cargo test` builds. Each takes up to a second, so a target without a test says
//! `test = false` in its manifest; and one that says so has no test, which would never be run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{arrows, tree};

/// The learner's package, and those whose manifests the book shows: such lines would only confuse.
const EXEMPT: &[&str] = &["exercises", "first-fork", "own-pool"];

/// What the info string of a fence begins with that rustdoc takes for Rust.
const RUST: &[&str] = &["", "rust", "no_run", "should_panic", "compile_fail", "standalone_crate"];

/// A program or a library.
struct Target {
    /// Its package and its own name.
    name: String,
    /// Whether `cargo test` builds it to run the tests in it, and those in its documentation.
    is_tested: (bool, bool),
    /// The text of all its files.
    text: String,
}

/// Every target that is built for no test, or that has a test for which it is not built.
fn refused(targets: &[Target]) -> Vec<String> {
    let mut refused = Vec::new();
    for Target { name, is_tested: (unit, doc), text } in targets {
        let kinds = [("test", *unit, has_tests(text)), ("doctest", *doc, has_doc_tests(text))];
        for (key, is_tested, has_tests) in kinds {
            match (is_tested, has_tests) {
                (true, false) => refused.push(format!("{name} needs `{key} = false`")),
                (false, true) => refused.push(format!("{name} has tests and `{key} = false`")),
                _ => {}
            }
        }
    }
    refused
}

fn has_tests(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("#[test]"))
}

/// Whether a fence begins in its documentation that rustdoc takes for Rust.
fn has_doc_tests(text: &str) -> bool {
    let documentation = |line| {
        let line: &str = str::trim_start(line);
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(str::trim_start)
    };
    let fences = text.lines().filter_map(documentation).filter_map(|it| it.strip_prefix("```"));
    // Every second one is an end.
    let mut begins = fences.step_by(2).flat_map(|fence| fence.split(',').next());
    begins.any(|kind| RUST.contains(&kind))
}

/// The targets in what `cargo metadata` prints.
fn targets(metadata: &Value) -> Vec<Target> {
    let name = |package: &Value| package["name"].as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("a list of packages").iter();
    let ours = packages.filter(|package| !EXEMPT.contains(&&*name(package)));
    let targets = ours.flat_map(|package| {
        let targets = package["targets"].as_array().expect("a list of targets").iter();
        targets.map(move |target| (name(package), target))
    });
    targets.filter_map(|(package, target)| target_of(&package, target)).collect()
}

/// `None` for a target of another kind, as an example: that is built once.
fn target_of(package: &str, target: &Value) -> Option<Target> {
    let kind = target["kind"][0].as_str().filter(|kind| matches!(*kind, "lib" | "bin"))?;
    let is_library = kind == "lib";
    let file = Path::new(target["src_path"].as_str().expect("a path"));
    let is_set = |key: &str| target[key].as_bool().expect("a flag");
    let mut text = String::new();
    add_text(file, file.parent().expect("a folder"), &mut text);
    Some(Target {
        name: format!("{package}: {kind} {}", target["name"].as_str().expect("a name")),
        is_tested: (is_set("test"), is_library && is_set("doctest")),
        // A program's documentation is not tested.
        text: if is_library { text } else { text.replace("```", "") },
    })
}

/// Adds the text of a file and of the modules that it names, which are in this folder.
fn add_text(file: &Path, folder: &Path, text: &mut String) {
    let own = std::fs::read_to_string(file).expect("a file of a target");
    let modules = own.lines().filter_map(|line| {
        let name = line.trim().strip_suffix(';')?.rsplit_once("mod ")?.1;
        let files = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        let file: PathBuf = files.into_iter().find(|file| file.is_file())?;
        Some((file, folder.join(name)))
    });
    for (file, folder) in modules {
        add_text(&file, &folder, text);
    }
    text.push_str(&own);
}

#[test]
fn a_target_is_built_for_tests_if_it_has_some() {
    let targets = targets(&arrows::metadata());
    assert!(targets.len() > 100, "these are not all");
    tree::assert_none("cargo test builds the targets that have tests", &refused(&targets));
}

#[test]
fn planted_targets_are_refused() {
    let target = |name: &str, unit, doc, text: &str| Target {
        name: name.to_owned(),
        is_tested: (unit, doc),
        text: text.to_owned(),
    };
    let targets = [
        target("empty", true, false, "fn main() {}\n"),
        target("forgotten", false, false, "    #[test]\n    fn it_is_so() {}\n"),
        target("drawing", false, true, "//! ```text\n//! a → b\n//! ```\n"),
        target("example", false, false, "/// ```no_run\n/// f();\n/// ```\npub fn f() {}\n"),
        target("good", true, true, "//! ```\n//! f();\n//! ```\n#[test]\nfn it_is_so() {}\n"),
        target("silent", false, false, "fn main() {}\n"),
    ];
    let expected = [
        "empty needs `test = false`",
        "forgotten has tests and `test = false`",
        "drawing needs `doctest = false`",
        "example has tests and `doctest = false`",
    ];
    assert_eq!(refused(&targets), expected);
}
