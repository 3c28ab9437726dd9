//! Changes each reference line by line (drops a statement, inverts a condition, changes a constant)
//! and lists the changes that no check refuses.
//!
//! ```text
//! cargo run -p solutions --example mutants                 # all exercises: half an hour
//! cargo run -p solutions --example mutants -- many_forks   # one: a minute or two
//! ```
//!
//! All changed copies of a reference are compiled into one test target, beside the answers of the
//! exercise; those that do not compile are left out. `mutants.txt` lists the changes that are known
//! to survive, each with the reason why that is no fault of the checks. Any other is reported, and
//! the exit status is 1.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::{env, fs, io};

fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).collect();
    match run(&wanted) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("mutants: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many changes survive that nobody has argued away.
fn run(wanted: &[String]) -> io::Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known = fs::read_to_string(root.join("mutants.txt"))?;
    let mut survivors = 0;
    for exercise in names(&root.join("src"))? {
        if exercise == "lib" || !wanted.is_empty() && !wanted.contains(&exercise) {
            continue;
        }
        let reference = fs::read_to_string(root.join(format!("src/{exercise}.rs")))?;
        let mutants = mutants(&reference);
        let (tried, alive) = survivors_of(root, &exercise, &mutants)?;
        let new = alive.iter().map(|mutant| format!("{exercise}: {mutant}"));
        let new: Vec<String> =
            new.filter(|line| !known.lines().any(|k| k.trim_end() == line.trim_end())).collect();
        println!(
            "{exercise}: {} changes, {tried} of them compile, {} survive, {} of these are known",
            mutants.len(),
            alive.len(),
            alive.len() - new.len()
        );
        new.iter().for_each(|line| println!("  {line}"));
        survivors += new.len();
    }
    Ok(survivors)
}

/// A changed copy of a reference.
struct Mutant {
    /// As in `let left = 1; => let left = 2;`.
    what: String,
    text: String,
}

/// Every change of a single line.
fn mutants(reference: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = reference.lines().collect();
    let mut mutants = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.split("//").next().unwrap_or_default().trim_end();
        let is_item = ["use ", "pub ", "fn ", "#", "type ", "const "];
        if code.trim().is_empty() || is_item.iter().any(|start| code.trim().starts_with(start)) {
            continue;
        }
        for changed in changes(code) {
            let mut copy = lines.clone();
            copy[at] = &changed;
            let what = format!("{} => {}", code.trim(), changed.trim());
            mutants.push(Mutant { what, text: copy.join("\n") + "\n" });
        }
    }
    mutants
}

/// What may stand instead of what.
const SWAPS: &[(&str, &str)] = &[
    (" == ", " != "),
    (" != ", " == "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" <= ", " < "),
    (" >= ", " > "),
    (" && ", " || "),
    (" || ", " && "),
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " + "),
    ("true", "false"),
    ("false", "true"),
    (".is_ok()", ".is_err()"),
    (".is_err()", ".is_ok()"),
    (".min(", ".max("),
    (".max(", ".min("),
    ("..=", ".."),
    ("Err(_)", "Ok(_)"),
    ("None", "Some(Default::default())"),
    (".and(", ".or("),
    ("and_then", "or_else"),
    ("push_back", "push_front"),
    ("0..", "1.."),
    ("EINTR", "EAGAIN"),
];

/// Other lines that may stand for `code`.
fn changes(code: &str) -> Vec<String> {
    let mut changes = Vec::new();
    let trimmed = code.trim();
    let dropped = trimmed.ends_with(';') && !trimmed.starts_with("let ")
        || trimmed.ends_with("=> {}")
        || trimmed.contains(" => ") && trimmed.ends_with(',');
    if dropped && !trimmed.starts_with(['}', ')', '.']) {
        changes.push(String::new());
    }
    for word in ["if ", "while "] {
        if let (Some(start), true) = (code.find(word), code.ends_with(" {")) {
            let (head, condition) = code.split_at(start + word.len());
            if !condition.starts_with("let ") && !condition.contains("&& let") {
                let condition = condition.trim_end_matches(" {");
                changes.push(format!("{head}!({condition}) {{"));
            }
        }
    }
    for (old, new) in SWAPS {
        changes
            .extend(code.match_indices(old).map(|(start, _)| {
                format!("{}{new}{}", &code[..start], &code[start + old.len()..])
            }));
    }
    changes.extend(numbers(code));
    changes
}

/// Each number in `code` one larger, and one smaller.
fn numbers(code: &str) -> Vec<String> {
    let mut changes = Vec::new();
    let bytes = code.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = (at..bytes.len()).find(|&i| !bytes[i].is_ascii_digit()).unwrap_or(bytes.len());
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
        let stands_alone = (at == 0 || !is_word(bytes[at - 1]) || code[..at].ends_with(".."))
            && (end == bytes.len() || !bytes[end].is_ascii_alphanumeric() && bytes[end] != b'_');
        if end > at
            && stands_alone
            && let Ok(number) = code[at..end].parse::<u64>()
        {
            let others = [number.checked_add(1), number.checked_sub(1)];
            changes.extend(
                others
                    .into_iter()
                    .flatten()
                    .map(|other| format!("{}{other}{}", &code[..at], &code[end..])),
            );
        }
        at = end.max(at + 1);
    }
    changes
}

/// How many changed copies compile, and which of them pass all checks.
fn survivors_of(
    root: &Path,
    exercise: &str,
    mutants: &[Mutant],
) -> io::Result<(usize, Vec<String>)> {
    let folder = env::temp_dir().join(format!("mutants-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for (number, mutant) in mutants.iter().enumerate() {
        // An answer of a test target is no part of the crate.
        let text = mutant.text.replace("use crate::", "use solutions::");
        fs::write(folder.join(format!("m{number}.rs")), text)?;
    }
    let result = leave_what_compiles(root, exercise, &folder).and_then(|()| {
        let tried = names(&folder)?.len();
        let output = cargo(root, exercise, &folder, &["--", "mutant::", "--color", "never"])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let all_alike = text.contains(&format!(" ok, {tried} passed"));
        let passed = |number: &usize| {
            all_alike && folder.join(format!("m{number}.rs")).exists()
                || text.lines().any(|line| line.trim() == format!("ok     mutant::m{number}"))
        };
        let alive = (0..mutants.len()).filter(passed).map(|number| mutants[number].what.clone());
        Ok((tried, alive.collect()))
    });
    fs::remove_dir_all(&folder)?;
    result
}

/// Removes the copies of which the compiler complains, until it does not.
fn leave_what_compiles(root: &Path, exercise: &str, folder: &Path) -> io::Result<()> {
    for _ in 0..20 {
        let output = cargo(root, exercise, folder, &["--no-run"])?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let files: BTreeSet<PathBuf> = errors
            .lines()
            .filter_map(|line| {
                line.trim().strip_prefix("--> ")?.split(':').next().map(PathBuf::from)
            })
            .filter(|file| file.starts_with(folder) && file.exists())
            .collect();
        if files.is_empty() {
            return Err(io::Error::other(errors));
        }
        files.iter().try_for_each(fs::remove_file)?;
    }
    Err(io::Error::other("the copies still do not compile"))
}

/// The build script of this package adds what is in the folder to the answers of the exercise.
fn cargo(root: &Path, exercise: &str, folder: &Path, more: &[&str]) -> io::Result<Output> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo)
        .current_dir(root)
        .args(["test", "-q", "-p", "solutions", "--test", exercise])
        .args(more)
        .env("SOLUTIONS_MUTANTS", folder)
        .env("SOLUTIONS_MUTANTS_OF", exercise)
        .output()
}

/// The files in a folder, without their ends.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let names: io::Result<Vec<String>> = fs::read_dir(folder)?
        .map(|entry| {
            let name = entry?.file_name().to_string_lossy().into_owned();
            Ok(name.trim_end_matches(".rs").to_owned())
        })
        .collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}
