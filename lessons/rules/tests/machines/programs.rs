//! The programs, each with arguments for a run that is short and goes well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tempfile::TempDir;

/// A program that a reader may run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// A package, a test target of `solutions`, or a tool with its first argument.
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    pub(crate) arguments: &'static [&'static str],
    /// Where it is run.
    pub(crate) folder: PathBuf,
    /// Whether two runs print the same lines, but for numbers and their order.
    pub(crate) steady: bool,
    /// The lines of a run without a set-up, numbers left out.
    pub(crate) usual: Arc<OnceLock<BTreeSet<String>>>,
}

/// Package, arguments, and whether two runs print the same lines.
type Row = (&'static str, &'static [&'static str], bool);

const LESSONS: &[Row] = &[
    ("lesson-fork-basics", &[], true),
    ("lesson-many-forks", &["3"], true),
    ("lesson-fork-skeleton", &["src", "3"], true),
    ("lesson-waitpid", &[], false),
    ("lesson-pipes", &[], true),
    ("lesson-fork-load", &["2", "--size", "1000"], true),
    ("lesson-fork-random", &[], true),
    ("lesson-monitoring", &["--every", "0.1", "sleep", "0.2"], false),
    ("lesson-timeline", &["--", "true"], false),
    ("lesson-every-order", &["--workers", "2", "sh", "-c", "echo a & echo b; wait"], true),
    ("lesson-exec", &[], false),
    ("lesson-signals", &["2"], true),
    ("lesson-process-groups", &[], true),
    ("lesson-copy-on-write", &["--mib", "16"], true),
    ("lesson-marshalling", &[], true),
    ("lesson-shared-memory", &["counter"], true),
    ("lesson-pool", &["11", "3"], true),
    ("lesson-pool-files", &["--workers", "2", "src"], true),
    ("lesson-pool-load", &["--workers", "3", "10"], true),
    ("lesson-pool-async", &[], true),
    ("lesson-logging", &["--workers", "3", "20"], false),
    ("lesson-prefork-server", &["2"], false),
    ("lesson-many-machines", &["-w", "2", "src"], true),
];

const TOOLS: &[Row] = &[
    ("coach", &["list"], true),
    // One question; its programs are run in every order, with forks, pipes and waits.
    ("coach", &["practise", "--seed", "8"], true),
    ("book", &["--help"], true),
];

/// Test programs of `solutions`, which run the grader: a right answer, and one that must get its
/// verdict.
const GRADED: &[Row] =
    &[("checks", &["fork_basics"], false), ("fork_basics", &["forgot_exit"], false)];

/// All of them, built. Lessons are run in the folder `sample`, tools in the workspace.
pub(crate) fn all(sample: &Path) -> Vec<Program> {
    let packages = LESSONS.iter().chain(TOOLS).map(|(package, ..)| ["--bin", package]);
    let binaries = testkit::build(packages);
    let tests = build_tests();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let program = |&(name, arguments, steady): &Row, file: PathBuf, folder: &Path| {
        let (name, folder) = (name.to_owned(), folder.to_owned());
        Program { name, file, arguments, folder, steady, usual: Arc::default() }
    };
    let lessons = LESSONS.iter().map(|row| program(row, binaries.join(row.0), sample));
    let tools = TOOLS.iter().map(|row| {
        let name = format!("{} {}", row.0, row.1[0]);
        Program { name, ..program(row, binaries.join(row.0), root) }
    });
    let graded = GRADED.iter().map(|row| program(row, tests[row.0].clone(), root));
    lessons.chain(tools).chain(graded).collect()
}

/// The test programs of `solutions`, by name.
fn build_tests() -> BTreeMap<String, PathBuf> {
    let mut cargo = testkit::cargo_build(GRADED.iter().map(|(target, ..)| ["--test", target]));
    let built = cargo.arg("--message-format=json").output().expect("cargo can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8(built.stdout).expect("JSON");
    let message = messages.lines().filter_map(|line| serde_json::from_str(line).ok());
    let test = |message: Value| {
        let _ = message["target"]["kind"].as_array()?.iter().find(|kind| *kind == "test")?;
        let file = message["executable"].as_str()?.into();
        Some((message["target"]["name"].as_str()?.to_owned(), file))
    };
    message.filter_map(test).collect()
}

/// A folder that every user may read, with something in it to count.
pub(crate) fn sample() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).expect("our own folder");
    let files = folder.path().join("src");
    std::fs::create_dir(&files).expect("a folder");
    for (name, text) in [("one.txt", "1 and 2\n"), ("two.txt", "345\n"), ("three.txt", "none\n")] {
        std::fs::write(files.join(name), text).expect("a file");
    }
    folder
}
