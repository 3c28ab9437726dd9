//! The files that belong to the workbook.

use std::path::Path;
use std::process::Command;

/// Folders that hold no file of the workbook, or only the learner's own.
const NOT_OURS: &[&str] = &["target", "node_modules", ".git"];

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Every file of the workbook, relative to the root, in order. Git knows which files those are;
/// where it cannot say (an archive, no git, a folder of another user), all files count but those
/// of builds.
pub(crate) fn files() -> Vec<String> {
    let mut files = tracked().unwrap_or_else(|| {
        let mut all = Vec::new();
        walk(root(), "", &mut all);
        all
    });
    files.sort();
    assert!(files.iter().any(|file| file == "Cargo.toml"), "no workspace in {}", root().display());
    files
}

/// The files outside `exercises/src`, which is the learner's: no rule of ours holds there.
pub(crate) fn our_files() -> impl Iterator<Item = String> {
    files().into_iter().filter(|file| !file.starts_with("exercises/src/"))
}

/// What a command of git prints, or `None` where git cannot answer for this folder.
pub(crate) fn git(args: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root()).args(args);
    // In a hook, git's variables name another repository or index than this folder's.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        git.env_remove(variable);
    }
    let output = git.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// `None` also where this folder lies in the repository of something else.
fn tracked() -> Option<Vec<String>> {
    let list = git(&["ls-files", "-z"])?;
    // A tracked file may have been deleted since.
    let there = |file: &&str| root().join(file).is_file();
    let files: Vec<String> = list.split_terminator('\0').filter(there).map(str::to_owned).collect();
    files.iter().any(|file| file == "Cargo.toml").then_some(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder that can be read") {
        let entry = entry.expect("an entry of a folder");
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("the kind of an entry");
        if kind.is_file() {
            files.push(format!("{prefix}{name}"));
        } else if kind.is_dir() && !NOT_OURS.contains(&&*name) {
            walk(&entry.path(), &format!("{prefix}{name}/"), files);
        }
    }
}

/// The text of a file; `None` if it is no text.
pub(crate) fn text(file: &str) -> Option<String> {
    let bytes = std::fs::read(root().join(file)).expect("a file of the workbook");
    String::from_utf8(bytes).ok()
}

/// `file:line: text` for each line of our files ending in one of `endings` that breaks a rule.
pub(crate) fn lines_that(endings: &[&str], breaks: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in our_files().filter(|file| endings.iter().any(|ending| file.ends_with(ending))) {
        for (number, line) in text(&file).unwrap_or_default().lines().enumerate() {
            if breaks(line) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

/// Fails with the rule and everything that breaks it.
#[track_caller]
pub(crate) fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}, but:\n  {}\n", found.join("\n  "));
}
