//! Lists the answers in `wrong/` and `also_right/` for the tests: for each exercise a file with a
//! module for each answer and a table of all of them. A new answer needs no more than to be there.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A mistake may be one that a lint would find, and a learner's answer need not be documented.
const ALLOWED: &str = "#[allow(unused, unreachable_pub, clippy::all, clippy::pedantic, \
    clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block, \
    clippy::unwrap_used, clippy::disallowed_methods, clippy::allow_attributes, \
    reason = \"an answer as a learner may write it\")]";

fn main() -> io::Result<()> {
    let root = env::current_dir()?; // cargo runs a build script in its package's folder
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-env-changed=SOLUTIONS_MUTANTS");
    if let Some(folder) = env::var_os("SOLUTIONS_MUTANTS") {
        println!("cargo::rerun-if-changed={}", Path::new(&folder).display());
    }
    for folder in ["wrong", "also_right"] {
        // The whole path: when the checkout has moved, nothing is there, and the list is made anew.
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
    }
    for exercise in sorted_names(&root.join("wrong"))? {
        let (mut modules, mut rows) = (String::new(), String::new());
        for kind in ["wrong", "also_right"] {
            let folder = root.join(kind).join(&exercise);
            for file in sorted_names(&folder)? {
                add(&mut modules, &mut rows, kind, &exercise, &folder.join(file))?;
            }
        }
        // Changed copies of the reference, of which examples/mutants.rs wants to know which pass.
        if let Some(folder) = mutants_of(&exercise) {
            for file in sorted_names(&folder)? {
                add(&mut modules, &mut rows, "mutant", &exercise, &folder.join(file))?;
            }
        }
        let table =
            format!("{modules}\nconst ANSWERS: &[tools::Answer<Functions>] = &[\n{rows}];\n");
        fs::write(out.join(format!("{exercise}.rs")), table)?;
    }
    Ok(())
}

/// The folder that examples/mutants.rs has filled for this exercise.
fn mutants_of(exercise: &str) -> Option<PathBuf> {
    let is_meant = env::var("SOLUTIONS_MUTANTS_OF").is_ok_and(|meant| meant == exercise);
    env::var_os("SOLUTIONS_MUTANTS").filter(|_| is_meant).map(PathBuf::from)
}

fn add(
    modules: &mut String,
    rows: &mut String,
    kind: &str,
    exercise: &str,
    file: &Path,
) -> io::Result<()> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let (name, header) = match kind {
        "wrong" => (stem.to_string(), Header::of(file)?),
        _ => (format!("{kind}::{stem}"), Header::of_a_right_answer()),
    };
    let module = format!("{kind}_{stem}");
    let only_linux = fs::read_to_string(file)?.contains("\n//! only: linux\n");
    let condition = if only_linux { "#[cfg(target_os = \"linux\")]" } else { "" };
    let _ = writeln!(modules, "{condition}{ALLOWED}\n#[path = {file:?}]\nmod {module};");
    let _ = writeln!(
        rows,
        "    {condition}tools::Answer {{ answer: grader::WrongAnswer {{ exercise: {exercise:?}, \
         name: {name:?}, {header}, suite: suite::suite }}, functions: functions!({module}) }},"
    );
    Ok(())
}

/// The names in `folder`, none if it does not exist.
fn sorted_names(folder: &Path) -> io::Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let names: io::Result<Vec<String>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

/// The lines `//! key: value` at the top of a wrong answer.
struct Header {
    verdict: String,
    check: String,
    says: Vec<String>,
}

impl Header {
    fn of(file: &Path) -> io::Result<Header> {
        let text = fs::read_to_string(file)?;
        let values = |key: &str| -> Vec<String> {
            let start = format!("//! {key}: ");
            text.lines().filter_map(|line| Some(line.strip_prefix(&start)?.to_owned())).collect()
        };
        let only = |key: &str| {
            let missing = || io::Error::other(format!("{}: no `//! {key}: …`", file.display()));
            values(key).pop().ok_or_else(missing)
        };
        Ok(Header { verdict: only("verdict")?, check: only("check")?, says: values("says") })
    }

    fn of_a_right_answer() -> Header {
        Header { verdict: "passes".into(), check: String::new(), says: Vec::new() }
    }
}

/// As fields of a `grader::WrongAnswer`.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { verdict, check, says } = self;
        write!(f, "verdict: {verdict:?}, check: {check:?}, says: &{says:?}")
    }
}
