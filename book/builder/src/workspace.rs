//! Where everything lies: the workspace, the book in it, and what cargo has built of it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};

/// The folders of one checkout, and the test programs that were built of it. Copies share these.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    programs: PathBuf,
    /// By package and test target.
    tests: Arc<Mutex<BTreeMap<(String, String), TestProgram>>>,
}

/// A test target as cargo has built it.
#[derive(Debug, Clone)]
pub(crate) struct TestProgram {
    pub(crate) program: PathBuf,
    /// Where cargo runs it: the package's folder.
    pub(crate) folder: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built in or, if that has moved since, the one in which
    /// cargo runs it.
    ///
    /// # Errors
    ///
    /// If the book's sources cannot be found or this program's own path cannot be had.
    pub fn find() -> Result<Self> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR"));
        let started = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let builder = started.as_deref().filter(|_| !built.exists()).unwrap_or(built);
        let root = builder.join("../..").canonicalize();
        let root = root.with_context(|| format!("the workspace around {}", builder.display()))?;
        let own = env::current_exe().context("the path of this program")?;
        let folder = own.parent().unwrap_or(&own);
        // Cargo puts tests one folder below the programs.
        let programs = folder.parent().filter(|_| folder.ends_with("deps")).unwrap_or(folder);
        Ok(Workspace { root, programs: programs.to_owned(), tests: Arc::default() })
    }

    /// A workspace in another folder, which no program was built in.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        let programs = root.join("target/debug");
        Workspace { root: root.to_owned(), programs, tests: Arc::default() }
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder with `book.toml`.
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// The folder with the chapters.
    pub fn source(&self) -> PathBuf {
        self.root.join("book/src")
    }

    /// The folder with the programs that cargo built, `target/debug` in most checkouts.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// A test target that was built before.
    pub(crate) fn test_program(&self, package: &str, target: &str) -> Option<TestProgram> {
        let tests = self.tests.lock().unwrap_or_else(PoisonError::into_inner);
        tests.get(&(package.to_owned(), target.to_owned())).cloned()
    }

    /// Remembers a test target that was built.
    pub(crate) fn add_test_program(&self, package: String, target: String, built: TestProgram) {
        let mut tests = self.tests.lock().unwrap_or_else(PoisonError::into_inner);
        tests.insert((package, target), built);
    }

    /// Cargo's target folder, in which the book is built too: `target`, `$CARGO_TARGET_DIR`, or
    /// what a reader's own configuration of cargo says.
    pub fn target(&self) -> PathBuf {
        // Cargo marks the folder for backup programs, whatever lies between it and the programs.
        let marked = self.programs.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
        marked.map_or_else(|| self.root.join("target"), Path::to_owned)
    }

    /// A file as seen from the workspace, which is how messages name it.
    pub fn relative<'a>(&self, file: &'a Path) -> &'a Path {
        file.strip_prefix(&self.root).unwrap_or(file)
    }

    /// The chapters' files, and `SUMMARY.md`, which lists them.
    ///
    /// # Errors
    ///
    /// If the folder with the chapters cannot be read.
    pub fn chapters(&self) -> Result<Vec<PathBuf>> {
        files(&self.source(), "md")
    }

    /// Everything that the book is made of: files, and folders with all that is in them.
    pub fn sources(&self) -> Vec<PathBuf> {
        let own = ["src", "theme", "examples", "recordings", "book.toml"];
        let own = own.map(|path| self.book().join(path)).into_iter();
        let beside = ["lessons", "exercises", "solutions", "README.md"];
        own.chain(beside.map(|path| self.root.join(path))).collect()
    }

    /// Cargo, started in this workspace.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        forget_package(&mut cargo);
        cargo.current_dir(&self.root);
        cargo
    }
}

/// Keeps from a command what cargo told this program of its own package, in the environment.
///
/// Build scripts may look at these variables. With them the second cargo would find such packages
/// changed, and build them and what depends on them anew; and so would the next one without them.
pub(crate) fn forget_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Every file with an extension in a folder and those below, sorted.
///
/// # Errors
///
/// If one of the folders cannot be read.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let (mut folders, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_is_the_one_that_cargo_marked() {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("x86_64-unknown-linux-gnu/debug");
        fs::create_dir_all(&programs).unwrap();
        let workspace = Workspace { root: "/nowhere".into(), programs, tests: Arc::default() };
        assert_eq!(workspace.target(), Path::new("/nowhere/target"));
        fs::write(folder.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(workspace.target(), folder.path());
    }

    #[test]
    fn this_workspace_is_found_and_has_chapters() {
        let workspace = Workspace::find().unwrap();
        let chapters = workspace.chapters().unwrap();
        assert!(chapters.iter().any(|file| file.ends_with("book/src/SUMMARY.md")));
        assert!(workspace.sources().iter().all(|path| path.exists()));
        assert_eq!(workspace.relative(&chapters[0]).components().count(), 3);
    }
}
