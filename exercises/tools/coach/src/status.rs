//! How far an exercise is, without running its checks: told by comparing files.

use std::fs;

use anyhow::Result;

use crate::catalogue::Catalogue;
use crate::progress::Progress;
use crate::same_lines::is_same;
use crate::workspace::Workspace;

/// How far an exercise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The answer is its stub, or is not there yet.
    NotStarted,
    /// Something was written, and has not passed yet.
    Begun,
    /// This very answer has passed these very checks.
    Solved,
    /// It has passed once; since then it, its checks, or an answer that it uses has changed.
    Changed,
    /// It has passed once, and as it is now it fails.
    Broken,
}

impl Status {
    /// The word in a list.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::NotStarted => "not started",
            Status::Begun => "started",
            Status::Solved => "solved",
            Status::Changed => "changed",
            Status::Broken => "broken",
        }
    }

    /// How far the exercise `name` is.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn of(
        workspace: &Workspace,
        catalogue: &Catalogue,
        progress: &Progress,
        name: &str,
    ) -> Result<Status> {
        let Some(answer) = workspace.read_if_there(&workspace.answer(name))? else {
            return Ok(Status::NotStarted);
        };
        for stub in [workspace.stub(name), workspace.begun(name)] {
            if workspace
                .read_if_there(&stub)?
                .is_some_and(|stub| is_same(stub.as_bytes(), answer.as_bytes()))
            {
                return Ok(Status::NotStarted);
            }
        }
        let entry = progress.entry(name);
        let verdict = entry.verdict(&digest(workspace, catalogue, name)?);
        Ok(match (verdict, entry.has_passed()) {
            (Some(true), _) => Status::Solved,
            (Some(false), true) => Status::Broken,
            (None, true) => Status::Changed,
            (_, false) => Status::Begun,
        })
    }
}

/// A digest of all that decides whether an answer passes: the answer, its checks, and the other
/// answers that it uses. (FNV-1a with 64 bits, <http://www.isthe.com/chongo/tech/comp/fnv/>: it
/// notices changes and keeps nothing secret, and std's hasher may change with the compiler.)
///
/// # Errors
///
/// If a file cannot be read.
pub(crate) fn digest(workspace: &Workspace, catalogue: &Catalogue, name: &str) -> Result<String> {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for text in checks(workspace, name)? {
        add(&text);
    }
    let mut names = vec![name];
    let mut index = 0;
    while let Some(&name) = names.get(index) {
        let answer = workspace.read_if_there(&workspace.answer(name))?.unwrap_or_default();
        add(&answer);
        for exercise in catalogue.iter() {
            if !names.contains(&exercise.name.as_str()) && uses(&answer, &exercise.name) {
                names.push(&exercise.name);
            }
        }
        index += 1;
    }
    Ok(format!("{hash:016x}"))
}

/// The files that check an exercise: its own, those in a folder of its name, and what all share.
fn checks(workspace: &Workspace, name: &str) -> Result<Vec<String>> {
    let folder = fs::read_dir(workspace.checks().join(name)).into_iter().flatten().flatten();
    let mut files: Vec<_> = folder.map(|entry| entry.path()).collect();
    files.sort();
    files.extend([workspace.suite(name), workspace.checks().join("tools.rs")]);
    let texts =
        files.iter().filter(|file| !file.is_dir()).map(|file| workspace.read_if_there(file));
    texts.map(|text| Ok(text?.unwrap_or_default())).collect()
}

/// Whether an answer uses another one, as in `use crate::{pool_map::pool_map, many_forks};`.
fn uses(answer: &str, other: &str) -> bool {
    let code: Vec<&str> =
        answer.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let is_path = code.iter().any(|line| line.contains("crate::") || line.contains("super::"));
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    is_path && code.iter().any(|line| line.split(|c| !is_letter(c)).any(|word| word == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_the_lines_of_its_stub_is_its_stub() {
        let is_stub = |answer: &str| is_same(b"//! Task.\n\nfn f() {}\n", answer.as_bytes());
        assert!(is_stub("//! Task.\n\nfn f() {}\n") && is_stub("//! Task.\r\n\r\nfn f() {}\r\n"));
        assert!(is_stub("//! Task.\n\nfn f() {}") && is_stub("//! Task.\r\n\r\nfn f() {}"));
        assert!(!is_stub("//! Task.\n\nfn f() {}\n\n") && !is_stub("//! Task.\nfn f() {}\n"));
        assert!(!is_stub("//! Task.\n\nfn f() { }\n") && !is_stub(""));
    }

    #[test]
    fn an_answer_uses_what_its_code_names_and_not_what_its_comments_do() {
        assert!(uses("use crate::pool_map::pool_map;\n", "pool_map"));
        assert!(uses("use crate::{\n    pool_map::pool_map,\n};\n", "pool_map"));
        assert!(!uses("//! see [`pool_map`](crate::pool_map)\n", "pool_map"));
        assert!(!uses("use crate::pool_map::pool_map;\n", "many_forks"));
        assert!(!uses("fn pool_map() {}\n", "pool_map"));
    }
}
