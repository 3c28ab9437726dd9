//! Lists the wrong answers for `tests/wrong.rs`: each file `wrong/EXERCISE/NAME.rs` becomes a
//! module, with a copy of the exercise's suite that checks it. A new file needs no more than to
//! be there.

use std::fmt::{self, Write};
use std::path::Path;
use std::{env, fs, io};

/// A mistake may be one that a lint would find.
const ALLOWED: &str = "#[allow(unused, unreachable_pub, clippy::all, clippy::pedantic, \
    clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block, \
    clippy::unwrap_used, clippy::disallowed_methods, clippy::allow_attributes, \
    reason = \"the answer is wrong on purpose\")]";

fn main() -> io::Result<()> {
    let root = env::current_dir()?; // cargo runs a build script in its package's folder
    // The whole path: when the checkout has moved, nothing is there, and the list is made anew.
    println!("cargo::rerun-if-changed={}", root.join("wrong").display());
    let mut code = String::new();
    let mut entries = String::new();
    for exercise in sorted_names(&root.join("wrong"))? {
        for file in sorted_names(&root.join("wrong").join(&exercise))? {
            let answer = root.join("wrong").join(&exercise).join(&file);
            let suite = root.join("../exercises/tests/checks").join(format!("{exercise}.rs"));
            let name = file.trim_end_matches(".rs");
            let module = format!("{exercise}_{name}");
            let header = Header::of(&answer)?;
            let _ = writeln!(
                code,
                "mod {module} {{\n    \
                     mod answers {{ {ALLOWED} #[path = {answer:?}] pub(crate) mod {exercise}; }}\n    \
                     #[path = {suite:?}] pub(crate) mod suite;\n\
                 }}"
            );
            let _ = writeln!(
                entries,
                "    grader::WrongAnswer {{ exercise: {exercise:?}, name: {name:?}, {header}, \
                 suite: {module}::suite::suite }},"
            );
        }
    }
    let list = format!("{code}\nconst WRONG_ANSWERS: &[grader::WrongAnswer] = &[\n{entries}];\n");
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
}

/// As fields of a `grader::WrongAnswer`.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { verdict, check, says } = self;
        write!(f, "verdict: {verdict:?}, check: {check:?}, says: &{says:?}")
    }
}
