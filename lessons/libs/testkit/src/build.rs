//! Building the programs that a test runs, when they are of other packages than its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A test target of a small package, which is built with whatever else is wanted.
const SMALL_TEST: &str = "child_assert";

/// Cargo, about to build some targets of the workspace, each as `["--bin", "lesson-pipes"]`, as
/// the test that calls this was built: for a release, or not.
///
/// Cargo chooses the features of a dependency for all the packages that it builds together, and
/// for their tests if it builds a test. So no package is named here, and one test is always built:
/// then all is as `cargo test` has built it, and nothing is built a second time.
pub fn cargo_build<'a>(targets: impl IntoIterator<Item = [&'a str; 2]>) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    // Build scripts may look at what cargo has told this program of its own package; with these
    // variables they would run again, and so would all that depends on them be built again.
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let of_package = |name: &String| {
        ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix))
    };
    for name in names.filter(of_package) {
        cargo.env_remove(name);
    }
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.."));
    cargo.args(["build", "--quiet", "--test", SMALL_TEST]);
    cargo.args(targets.into_iter().flatten());
    cargo.args(programs().ends_with("release").then_some("--release"));
    cargo
}

/// Builds such targets. Returns the folder of the programs; that of the examples is in it.
///
/// # Panics
///
/// If they do not build.
pub fn build<'a>(targets: impl IntoIterator<Item = [&'a str; 2]>) -> PathBuf {
    let built = cargo_build(targets).status().expect("cargo can be started");
    assert!(built.success(), "the programs that the test runs do not build (see above)");
    programs()
}

fn programs() -> PathBuf {
    let test = std::env::current_exe().expect("this test's own path");
    test.ancestors().nth(2).expect("it is in target/debug/deps").to_owned()
}
