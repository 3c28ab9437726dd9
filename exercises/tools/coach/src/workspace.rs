//! The folder with the workbook, and the files in it that the coach knows.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// Where everything lies.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

/// The list of exercises, by which a workbook is known.
const CATALOGUE: &str = "exercises/exercises.toml";

/// The environment variable that says which workbook the coach is for.
const VARIABLE: &str = "WORKBOOK";

impl Workspace {
    /// The workbook that the environment variable `WORKBOOK` names, or else the one that
    /// [`find`](Workspace::find) finds from the current folder.
    ///
    /// # Errors
    ///
    /// If there is none, or the current folder is gone.
    pub(crate) fn open() -> Result<Workspace> {
        let named = env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
        let from = env::current_dir().context("cannot tell the current folder")?;
        named.map_or_else(|| Workspace::find(&from), |folder| Workspace::named(&from.join(folder)))
    }

    /// The workbook in exactly this folder.
    fn named(folder: &Path) -> Result<Workspace> {
        let shown = folder.display();
        let root = folder.canonicalize();
        let root =
            root.with_context(|| format!("{VARIABLE} names {shown}, which cannot be opened"))?;
        if !root.join(CATALOGUE).is_file() {
            bail!(
                "{VARIABLE} names {shown}, which is not the folder of a workbook: it has no {CATALOGUE}"
            );
        }
        Ok(Workspace { root })
    }

    /// The workbook that the folder `from` is in; outside of any, the one that this program was
    /// built in.
    ///
    /// # Errors
    ///
    /// If there is none, as when its folder was moved after the build.
    pub(crate) fn find(from: &Path) -> Result<Workspace> {
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = from.ancestors().chain(built_in.ancestors());
        match folders.find(|folder| folder.join(CATALOGUE).is_file()) {
            Some(root) => Ok(Workspace { root: root.to_owned() }),
            None => bail!(
                "there is no workbook in {}: change to its folder, or set {VARIABLE} to it",
                from.display()
            ),
        }
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder with the package of the exercises.
    pub(crate) fn package(&self) -> PathBuf {
        self.root.join("exercises")
    }

    /// The folder with the learner's answers.
    pub(crate) fn answers(&self) -> PathBuf {
        self.root.join("exercises/src")
    }

    /// The learner's answer.
    pub(crate) fn answer(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/src/{name}.rs"))
    }

    /// How the answer begins.
    pub(crate) fn stub(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/stubs/{name}.rs"))
    }

    /// The stub that the answer began as, which may be an older one. The build of the exercises
    /// writes it, too.
    pub(crate) fn begun(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/.begun/{name}.rs"))
    }

    /// The learner's own `main`.
    pub(crate) fn own_main(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/run/{name}.rs"))
    }

    /// How the learner's own `main` begins.
    pub(crate) fn main_stub(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/mains/{name}.rs"))
    }

    /// The folder with the checks of all exercises.
    pub(crate) fn checks(&self) -> PathBuf {
        self.root.join("exercises/tests/checks")
    }

    /// The checks of the answer.
    pub(crate) fn suite(&self, name: &str) -> PathBuf {
        self.checks().join(format!("{name}.rs"))
    }

    /// One good answer.
    pub(crate) fn reference(&self, name: &str) -> PathBuf {
        self.root.join(format!("solutions/src/{name}.rs"))
    }

    /// The exercise's page in the book.
    pub(crate) fn page(&self, name: &str) -> PathBuf {
        self.root.join(format!("book/src/exercises/{name}.md"))
    }

    /// A chapter of the book.
    pub(crate) fn chapter(&self, file: &str) -> PathBuf {
        self.root.join("book/src").join(file)
    }

    /// A chapter as a web page, if `cargo book` has built it.
    pub(crate) fn built_chapter(&self, file: &str) -> PathBuf {
        self.root.join("target/book").join(file).with_extension("html")
    }

    /// The list of exercises.
    pub(crate) fn catalogue(&self) -> PathBuf {
        self.root.join(CATALOGUE)
    }

    /// One of an exercise's hints, counted from 1.
    pub(crate) fn hint(&self, name: &str, number: usize) -> PathBuf {
        self.root.join(format!("exercises/hints/{name}/{number}.md"))
    }

    /// What has been solved.
    pub(crate) fn progress(&self) -> PathBuf {
        self.root.join("exercises/progress.toml")
    }

    /// Answers that a reset has put aside.
    pub(crate) fn kept(&self) -> PathBuf {
        self.root.join("exercises/kept")
    }

    /// A path as the reader would type it in the workbook's folder.
    pub(crate) fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// The text of a file.
    ///
    /// # Errors
    ///
    /// The system's reason, with the file's name.
    pub(crate) fn read(&self, path: &Path) -> Result<String> {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", self.short(path)))
    }

    /// The text of a file, or `None` if there is no such file. Bytes that are not UTF-8 are
    /// replaced: the compiler will complain of them, and this text is never written back.
    ///
    /// # Errors
    ///
    /// The system's reason if there is one and it cannot be read.
    pub(crate) fn read_if_there(&self, path: &Path) -> Result<Option<String>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.short(path))),
        }
    }
}
