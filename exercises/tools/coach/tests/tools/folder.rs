//! Fills a folder with a workbook. What is there already stays with its time, so that cargo does not
//! build it again, and what is of an earlier test goes.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Makes the folder a workbook as after `git clone` and the first build, with the checks of these
/// exercises. The version tells its package from that of other folders.
pub(crate) fn fill(root: &Path, real: &Path, version: &str, checked: &[&str]) {
    let mut folder = Folder { root, real, kept: BTreeSet::new() };
    folder.write("Cargo.toml", &manifest(real, version));
    for same in ["book", "solutions"] {
        folder.link(same);
    }
    for same in ["given", "hints", "mains", "stubs"] {
        folder.link(&format!("exercises/{same}"));
    }
    folder.copy("Cargo.lock", "Cargo.lock");
    for file in ["Cargo.toml", "build.rs", "same_lines.rs", "exercises.toml"] {
        folder.copy(&format!("exercises/{file}"), &format!("exercises/{file}"));
    }
    for stub in names(&real.join("exercises/stubs")) {
        folder.copy(&format!("exercises/stubs/{stub}"), &format!("exercises/src/{stub}"));
    }
    folder.link("exercises/tests/checks.rs");
    for file in names(&real.join("exercises/tests/checks")) {
        folder.link(&format!("exercises/tests/checks/{file}"));
    }
    for file in ["exercises/src/lib.rs", "exercises/tests/checks/main.rs"] {
        folder.write(file, &only(&folder.read(file), checked));
    }
    folder.clear(root);
}

struct Folder<'a> {
    root: &'a Path,
    real: &'a Path,
    /// What is not of an earlier test.
    kept: BTreeSet<PathBuf>,
}

impl Folder<'_> {
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.real.join(file)).unwrap()
    }

    fn copy(&mut self, from: &str, to: &str) {
        let text = self.read(from);
        self.write(to, &text);
    }

    /// A file with this text, which keeps its time if it has it already.
    fn write(&mut self, file: &str, text: &str) {
        let path = self.place(file);
        let is_link = path.is_symlink();
        if is_link || fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            remove(&path);
            fs::write(path, text).unwrap();
        }
    }

    /// A link to the same place of the real workbook.
    fn link(&mut self, place: &str) {
        let (path, target) = (self.place(place), self.real.join(place));
        if fs::read_link(&path).ok().as_deref() != Some(&target) {
            remove(&path);
            symlink(target, path).unwrap();
        }
    }

    fn place(&mut self, file: &str) -> PathBuf {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        self.kept.extend(path.ancestors().map(Path::to_owned));
        path
    }

    /// Removes all in a folder that is not kept.
    fn clear(&self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if !self.kept.contains(&entry.path()) {
                remove(&entry.path());
            } else if entry.file_type().unwrap().is_dir() {
                self.clear(&entry.path());
            }
        }
    }
}

/// Removes whatever is there.
fn remove(path: &Path) {
    let _ = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// The text of a file that has a line or two for each exercise, with those of `checked` only.
fn only(text: &str, checked: &[&str]) -> String {
    let is_other = |line: &&str| {
        let words: Vec<&str> = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let is_of_one =
            line.contains("mod ") || line.contains("::suite") || line.contains("rustfmt");
        let all = super::names();
        is_of_one && all.iter().any(|name| words.contains(&&**name) && !checked.contains(&&**name))
    };
    text.lines().filter(|line| !is_other(line)).map(|line| format!("{line}\n")).collect()
}

/// The workbook's manifest, with the exercises as its only member, in a version of their own: what
/// cargo builds of them is named by package, version and path below the workspace, and must not be
/// taken for what the real workbook has built.
fn manifest(real: &Path, version: &str) -> String {
    let text = fs::read_to_string(real.join("Cargo.toml")).unwrap();
    let mut manifest: Table = text.parse().unwrap();
    // Settings for packages that are not here.
    let packages = manifest["profile"]["dev"]["package"].as_table_mut().unwrap();
    packages.retain(|name, _| name == "*" || name == "exercises");
    let workspace = manifest["workspace"].as_table_mut().unwrap();
    workspace.remove("default-members");
    workspace.insert("members".to_owned(), Value::from(vec!["exercises"]));
    workspace["package"]["version"] = Value::from(format!("0.0.0-{version}"));
    let dependencies = workspace["dependencies"].as_table_mut().unwrap();
    for (_, dependency) in dependencies.iter_mut() {
        if let Some(path) = dependency.get_mut("path") {
            *path = real.join(path.as_str().unwrap()).to_str().unwrap().into();
        }
    }
    manifest.to_string()
}
