//! Which package may depend on which. CONTRIBUTING.md has the drawing.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::tree;

/// The libraries. Each may depend on those before it in this list, and on no other.
const LIBRARIES: &[&str] =
    &["procinfo", "lesson-cli", "timeline", "orders", "pool", "filecount", "testkit"];

/// What a package is, which its folder says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    /// A lesson, or the rules that lessons keep.
    Lesson,
    /// The position in [`LIBRARIES`].
    Library(usize),
    /// The learner's answers, or the references.
    Answers,
    Grader,
    Coach,
    /// The builder, or the programs that chapters show.
    Book,
}

struct Package {
    name: String,
    role: Role,
    /// The packages that it depends on, and whether only its tests do.
    depends_on: Vec<(String, bool)>,
}

fn role_of(folder: &str) -> Option<Role> {
    match folder {
        "exercises" | "solutions" => Some(Role::Answers),
        "exercises/tools/grader" => Some(Role::Grader),
        "exercises/tools/coach" => Some(Role::Coach),
        _ if folder.starts_with("book/") => Some(Role::Book),
        _ => match folder.strip_prefix("lessons/libs/") {
            // A library may have a second package inside its folder, for tests of its own.
            Some(path) => {
                let library = path.split('/').next();
                LIBRARIES.iter().position(|known| Some(*known) == library).map(Role::Library)
            }
            None => folder.starts_with("lessons/").then_some(Role::Lesson),
        },
    }
}

/// Whether the rule allows an arrow between packages of these roles.
fn allowed(from: Role, to: Role, only_tests: bool) -> bool {
    let is_testkit = |position: usize| LIBRARIES[position] == "testkit";
    match (from, to) {
        // It runs programs for tests, of any package, and is part of no program.
        (_, Role::Library(to)) if is_testkit(to) => only_tests,
        (Role::Library(from), Role::Library(to)) => to < from,
        (from, Role::Library(_)) => from != Role::Answers,
        // The coach shows what the grader found out, and which guards the grader has here.
        (from, Role::Grader) => matches!(from, Role::Answers | Role::Coach),
        _ => false,
    }
}

/// Every arrow between two of the packages that is not allowed.
fn refused(packages: &[Package]) -> Vec<String> {
    let role = |name: &str| packages.iter().find(|other| other.name == name).map(|it| it.role);
    let mut refused = Vec::new();
    for package in packages {
        for (name, only_tests) in &package.depends_on {
            if role(name).is_some_and(|to| !allowed(package.role, to, *only_tests)) {
                let kind = if *only_tests { " (for its tests)" } else { "" };
                refused.push(format!("{} → {name}{kind}", package.name));
            }
        }
    }
    refused
}

/// The packages in what `cargo metadata` prints.
fn packages(metadata: &Value) -> Vec<Package> {
    let root = metadata["workspace_root"].as_str().expect("the workspace's root");
    let listed = metadata["packages"].as_array().expect("a list of packages");
    listed.iter().map(|package| package_of(package, Path::new(root))).collect()
}

fn package_of(package: &Value, root: &Path) -> Package {
    let string = |value: &Value| value.as_str().expect("a string").to_owned();
    let manifest = string(&package["manifest_path"]);
    let folder = Path::new(&manifest).parent().and_then(|folder| folder.strip_prefix(root).ok());
    let folder = folder.expect("a folder in the workspace").to_string_lossy();
    let role = role_of(&folder).unwrap_or_else(|| {
        panic!("{folder} has no place in lessons/rules/tests/house/arrows.rs; see CONTRIBUTING.md")
    });
    let dependencies = package["dependencies"].as_array().expect("a list of dependencies").iter();
    let depends_on = dependencies.map(|it| (string(&it["name"]), it["kind"] == "dev")).collect();
    Package { name: string(&package["name"]), role, depends_on }
}

/// What cargo knows of the workspace.
pub(crate) fn metadata() -> Value {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let output = cargo.current_dir(tree::root()).output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn every_arrow_is_allowed() {
    let packages = packages(&metadata());
    assert!(packages.len() > 20, "that is not the whole workspace");
    tree::assert_none("the rule in CONTRIBUTING.md allows all arrows", &refused(&packages));
}

/// A workspace in which each package has the dependencies given, `dev` ones marked with `*`.
fn sample(packages_of: &[(&str, &str, &[&str])]) -> Vec<Package> {
    let listed: Vec<Value> = packages_of
        .iter()
        .map(|(name, folder, on)| {
            let on: Vec<Value> = on.iter().map(|name| dependency(name)).collect();
            let manifest = format!("/here/{folder}/Cargo.toml");
            serde_json::json!({"name": name, "manifest_path": manifest, "dependencies": on})
        })
        .collect();
    packages(&serde_json::json!({"workspace_root": "/here", "packages": listed}))
}

fn dependency(name: &str) -> Value {
    match name.strip_prefix('*') {
        Some(name) => serde_json::json!({"name": name, "kind": "dev"}),
        None => serde_json::json!({"name": name, "kind": null}),
    }
}

#[test]
fn the_arrows_of_the_drawing_are_allowed() {
    let good = sample(&[
        ("lesson-a", "lessons/01-a", &["lesson-cli", "pool", "*testkit", "nix"]),
        ("lesson-cli", "lessons/libs/lesson-cli", &["*testkit"]),
        ("pool", "lessons/libs/pool", &["*lesson-cli", "serde"]),
        ("testkit", "lessons/libs/testkit", &["lesson-cli"]),
        ("lesson-rules", "lessons/rules", &["*testkit"]),
        ("exercises", "exercises", &["*grader"]),
        ("solutions", "solutions", &["*grader"]),
        ("grader", "exercises/tools/grader", &["pool"]),
        ("coach", "exercises/tools/coach", &["grader", "*testkit"]),
        ("book", "book/builder", &["pool"]),
        ("book-examples", "book/examples/rust", &["pool"]),
    ]);
    assert_eq!(refused(&good), Vec::<String>::new());
}

#[test]
fn planted_arrows_are_refused() {
    let bad = sample(&[
        ("lesson-a", "lessons/01-a", &["exercises", "lesson-b", "testkit", "*grader"]),
        ("lesson-b", "lessons/02-b", &[]),
        ("lesson-cli", "lessons/libs/lesson-cli", &["pool", "*lesson-b"]),
        ("pool", "lessons/libs/pool", &["lesson-cli", "*filecount"]),
        ("filecount", "lessons/libs/filecount", &["filecount"]),
        ("testkit", "lessons/libs/testkit", &["pool"]),
        ("exercises", "exercises", &["grader", "pool"]),
        ("solutions", "solutions", &["*exercises"]),
        ("grader", "exercises/tools/grader", &["solutions", "coach"]),
        ("coach", "exercises/tools/coach", &["exercises", "book"]),
        ("book", "book/builder", &["coach", "lesson-a", "grader"]),
    ]);
    let expected = [
        "lesson-a → exercises",
        "lesson-a → lesson-b",
        "lesson-a → testkit",
        "lesson-a → grader (for its tests)",
        "lesson-cli → pool",
        "lesson-cli → lesson-b (for its tests)",
        "pool → filecount (for its tests)",
        "filecount → filecount",
        "exercises → pool",
        "solutions → exercises (for its tests)",
        "grader → solutions",
        "grader → coach",
        "coach → exercises",
        "coach → book",
        "book → coach",
        "book → lesson-a",
        "book → grader",
    ];
    assert_eq!(refused(&bad), expected);
}

#[test]
#[should_panic(expected = "has no place in")]
fn a_folder_that_the_rule_does_not_know_is_refused() {
    sample(&[("extra", "lessons/libs/extra", &[])]);
}
