//! Lists the wrong answers for `tests/wrong.rs`: each file `wrong/EXERCISE/NAME.rs` becomes a
//! module, with a copy of the exercise's suite that checks it. A new file needs no more than to
//! be there.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

/// A mistake may be one that a lint would find.
const ALLOWED: &str = "#[allow(unused, unreachable_pub, clippy::all, \
    clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block, \
    clippy::unwrap_used, clippy::disallowed_methods, clippy::allow_attributes, \
    reason = \"the answer is wrong on purpose\")]";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=wrong");
    let root = env::current_dir()?; // cargo runs a build script in its package's folder
    let mut code = String::new();
    let mut entries = String::new();
    for exercise in sorted_names(&root.join("wrong"))? {
        for file in sorted_names(&root.join("wrong").join(&exercise))? {
            let answer = root.join("wrong").join(&exercise).join(&file);
            let suite = root.join("../exercises/tests/checks").join(format!("{exercise}.rs"));
            let name = file.trim_end_matches(".rs");
            let module = format!("{exercise}_{name}");
            let [verdict, check] = ["verdict", "check"].map(|key| header(&answer, key));
            let (verdict, check) = (verdict?, check?);
            let _ = writeln!(
                code,
                "mod {module} {{\n    \
                     mod answers {{ {ALLOWED} #[path = {answer:?}] pub(crate) mod {exercise}; }}\n    \
                     #[path = {suite:?}] pub(crate) mod suite;\n\
                 }}"
            );
            let _ = writeln!(
                entries,
                "    WrongAnswer {{ exercise: {exercise:?}, name: {name:?}, verdict: {verdict:?}, \
                 check: {check:?}, suite: {module}::suite::suite }},"
            );
        }
    }
    let list = format!("{code}\nconst WRONG_ANSWERS: &[grader::WrongAnswer] = &[\n{entries}];\n");
    let list = list.replace("    WrongAnswer {", "    grader::WrongAnswer {");
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("wrong.rs"), list)
}

fn sorted_names(folder: &Path) -> io::Result<Vec<String>> {
    let names: io::Result<Vec<String>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

/// The value of a line `//! key: value` at the top of `file`.
fn header(file: &Path, key: &str) -> io::Result<String> {
    let start = format!("//! {key}: ");
    let text = fs::read_to_string(file)?;
    let value = text.lines().find_map(|line| line.strip_prefix(&start));
    let missing = || io::Error::other(format!("{}: no line `{start}…`", file.display()));
    value.map(|value| value.trim().to_owned()).ok_or_else(missing)
}
