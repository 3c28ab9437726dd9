//! Each wrong answer differs from a right one, its base, in few lines: so what refuses it is its
//! mistake, and not how it is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

/// At most this many lines are added to the base or taken from it.
const MOST: usize = 24;

/// Comments and empty lines do not count.
fn code(file: &Path) -> String {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines = text.lines().map(|line| line.split("// ").next().unwrap_or_default().trim());
    let lines = lines
        .filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("use "));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn answers(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(kind);
    let folders = fs::read_dir(&folder).expect("the folder of the answers").flatten();
    let files =
        folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
    files.map(|file| file.path()).collect()
}

fn part(path: &Path, from_the_end: usize) -> String {
    let part = path.components().nth_back(from_the_end).expect("EXERCISE/NAME.rs");
    part.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// What an answer names as its base.
enum Base {
    File(PathBuf),
    /// It is of a design that no right answer has; the reason stands beside the word.
    None,
}

/// `reference`, an answer in `also_right`, or `none (WHY)`.
fn base_of(answer: &Path) -> Option<Base> {
    let text = fs::read_to_string(answer).expect("an answer");
    let base = text.lines().find_map(|line| line.strip_prefix("//! base: "))?.to_owned();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let exercise = part(answer, 1);
    Some(match base.as_str() {
        "reference" => Base::File(root.join(format!("src/{exercise}.rs"))),
        why if why.starts_with("none (") => Base::None,
        _ => Base::File(root.join(format!("also_right/{exercise}/{base}.rs"))),
    })
}

#[test]
fn a_wrong_answer_differs_from_its_base_in_few_lines() {
    let mut faults = Vec::new();
    for answer in answers("wrong") {
        let base = match base_of(&answer) {
            Some(Base::File(base)) => base,
            Some(Base::None) => continue,
            None => {
                faults.push(format!("{}: no `//! base: …`", answer.display()));
                continue;
            }
        };
        let (base, own) = (code(&base), code(&answer));
        let changes = TextDiff::from_lines(&base, &own);
        let changed = changes.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
        let changed = changed.count();
        if changed == 0 || changed > MOST {
            faults.push(format!("{}: {changed} lines differ", answer.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_exercise_has_enough_answers_of_each_kind() {
    for (kind, fewest) in [("wrong", 12), ("also_right", 3)] {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for answer in answers(kind) {
            *count.entry(part(&answer, 1)).or_default() += 1;
        }
        let few: Vec<_> = count.iter().filter(|(_, count)| **count < fewest).collect();
        assert!(few.is_empty(), "fewer than {fewest} answers in {kind}: {few:?}");
    }
}
