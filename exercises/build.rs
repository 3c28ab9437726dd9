//! Gives the learner an answer to start from: each `stubs/NAME.rs` is copied to `src/NAME.rs`,
//! unless that file is there already.
//!
//! Git ignores the answers, so `git pull` cannot conflict with a solved exercise. The stub that an
//! answer began as is kept in `.begun`. It tells an answer that nobody has touched, which follows
//! its stub when that changes, from one that was written, which is never changed.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::{env, fmt};

#[path = "same_lines.rs"]
mod same_lines;
use same_lines::is_same;

fn main() -> Result<(), Failure> {
    let root = env::current_dir().map_err(Failure::on("."))?; // of the package: cargo sees to it
    // Whole paths: when the checkout was moved, nothing is there, and this runs again.
    println!("cargo::rerun-if-changed={}", root.join("stubs").display());
    let mut compiled = String::from("pub const ANSWERS: &[(&str, &[u8])] = &[\n");
    for name in names(&root.join("stubs"))? {
        let stub = root.join("stubs").join(&name);
        let answer = root.join("src").join(&name);
        prepare(&stub, &answer, &root.join(".begun").join(&name))?;
        println!("cargo::rerun-if-changed={}", answer.display());
        compiled += &format!("    ({answer:?}, include_bytes!({answer:?})),\n");
    }
    let list = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("compiled.rs");
    fs::write(&list, compiled + "];\n").map_err(Failure::on(&list))
}

/// The files in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::on(folder))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<String>>>().map_err(Failure::on(folder))?;
    names.retain(|name| name.ends_with(".rs"));
    names.sort();
    Ok(names)
}

/// Makes the answer if there is none, and renews one that is still the stub of another time.
fn prepare(stub: &Path, answer: &Path, begun: &Path) -> Result<(), Failure> {
    let text = fs::read(stub).map_err(Failure::on(stub))?;
    let before = fs::read(begun).ok(); // not there at first
    let older = before.as_ref().filter(|before| **before != text);
    match fs::read(answer) {
        Err(error) if error.kind() == ErrorKind::NotFound => create(answer, &text)?,
        Err(error) => return Err(Failure::on(answer)(error)),
        Ok(written) if older.is_some_and(|older| is_same(older, &written)) => {
            fs::write(answer, &text).map_err(Failure::on(answer))?;
        }
        // Written by the learner; so is the difference between `.begun` and a newer stub.
        Ok(written) if before.is_some() && written != text => return Ok(()),
        Ok(_) => {}
    }
    if before.as_ref() == Some(&text) {
        return Ok(());
    }
    // Without this record an answer does not follow its stub, which is no reason to stop a build.
    let _ = fs::create_dir_all(begun.parent().unwrap_or(begun));
    let _ = fs::write(begun, &text);
    Ok(())
}

/// Creates the file with all of the text, or not at all.
fn create(file: &Path, text: &[u8]) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    let mut opened = opened.map_err(Failure::on(file))?;
    opened.write_all(text).map_err(|why| {
        let _ = fs::remove_file(file); // the disk is full, say: the next build tries again
        Failure::on(file)(why)
    })
}

/// What went wrong, and with which file.
struct Failure {
    file: PathBuf,
    why: io::Error,
}

impl Failure {
    fn on(file: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Failure {
        let file = file.into();
        move |why| Failure { file, why }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "{file}: {}. Your answers start as copies of exercises/stubs.", self.why)
    }
}
