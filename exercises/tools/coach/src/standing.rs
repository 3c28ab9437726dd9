//! How far an exercise is, without running its checks: told by comparing files.

use anyhow::Result;

use crate::catalogue::Catalogue;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// How far an exercise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The answer is the stub.
    NotStarted,
    /// Something was written, and has not passed yet.
    Begun,
    /// This very answer has passed these very checks.
    Solved,
    /// It has passed once; since then it, its checks, or an answer that it uses has changed.
    Changed,
    /// It has passed once, and as it is now it fails.
    Broken,
    /// There is no answer's file.
    Missing,
}

impl Standing {
    /// For a list.
    pub fn word(self) -> &'static str {
        match self {
            Standing::NotStarted => "not started",
            Standing::Begun => "begun",
            Standing::Solved => "solved",
            Standing::Changed => "changed",
            Standing::Broken => "broken",
            Standing::Missing => "no file",
        }
    }
}

/// How far the exercise `name` is.
///
/// # Errors
///
/// If a file cannot be read.
pub fn standing(
    workspace: &Workspace,
    catalogue: &Catalogue,
    progress: &Progress,
    name: &str,
) -> Result<Standing> {
    let Some(answer) = workspace.read_if_there(&workspace.answer(name))? else {
        return Ok(Standing::Missing);
    };
    if workspace.read_if_there(&workspace.stub(name))?.is_some_and(|stub| stub == answer) {
        return Ok(Standing::NotStarted);
    }
    let entry = progress.of(name);
    let now = digest(workspace, catalogue, name)?;
    Ok(match (&entry.passed, &entry.failed) {
        (Some(passed), _) if *passed == now => Standing::Solved,
        (Some(_), Some(failed)) if *failed == now => Standing::Broken,
        (Some(_), _) => Standing::Changed,
        (None, _) => Standing::Begun,
    })
}

/// A digest of all that decides whether an answer passes: itself, its checks, and the other
/// answers that it uses. (FNV-1a with 64 bits, <http://www.isthe.com/chongo/tech/comp/fnv/>: it is
/// to notice changes, not to keep anybody out, and std's hasher may change with the compiler.)
///
/// # Errors
///
/// If a file cannot be read.
pub fn digest(workspace: &Workspace, catalogue: &Catalogue, name: &str) -> Result<String> {
    let mut names = vec![name];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(&workspace.read_if_there(&workspace.suite(name))?.unwrap_or_default());
    let mut at = 0;
    while let Some(&name) = names.get(at) {
        let answer = workspace.read_if_there(&workspace.answer(name))?.unwrap_or_default();
        add(&answer);
        for exercise in &catalogue.exercises {
            if !names.contains(&exercise.name.as_str()) && uses(&answer, &exercise.name) {
                names.push(&exercise.name);
            }
        }
        at += 1;
    }
    Ok(format!("{hash:016x}"))
}

/// Whether an answer uses another one, as in `use crate::pool_map::pool_map`.
fn uses(answer: &str, other: &str) -> bool {
    let code = answer.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = ["crate::", "super::"].map(|path| format!("{path}{other}"));
    code.into_iter().any(|line| paths.iter().any(|path| line.contains(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_uses_what_its_code_names_and_not_what_its_comments_do() {
        assert!(uses("use crate::pool_map::pool_map;\n", "pool_map"));
        assert!(!uses("//! see [`pool_map`](crate::pool_map)\n", "pool_map"));
        assert!(!uses("use crate::pool_map::pool_map;\n", "many_forks"));
    }
}
