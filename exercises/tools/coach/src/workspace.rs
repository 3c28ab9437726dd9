//! Where everything lies.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folder with the workbook, and the files in it that the coach knows.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workbook that the folder `from` is in; from outside, the one that this program was
    /// built in.
    ///
    /// # Errors
    ///
    /// If there is none, as when its folder was moved after the build.
    pub fn find(from: &Path) -> Result<Workspace> {
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = from.ancestors().chain(built_in.ancestors());
        match folders.find(|folder| folder.join("exercises/exercises.toml").is_file()) {
            Some(root) => Ok(Workspace { root: root.to_owned() }),
            None => bail!("there is no workbook in {}: go to its folder first", from.display()),
        }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the learner's answers.
    pub fn answers(&self) -> PathBuf {
        self.root.join("exercises/src")
    }

    /// The learner's answer.
    pub fn answer(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/src/{name}.rs"))
    }

    /// The stub as it was at first. It is kept a second time, because the first is where learners
    /// write, git forgets nothing but knows not which commit is theirs, and an archive has no git.
    pub fn stub(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/stubs/{name}.rs"))
    }

    /// What the answer is checked with.
    pub fn suite(&self, name: &str) -> PathBuf {
        self.root.join(format!("exercises/tests/checks/{name}.rs"))
    }

    /// One good answer.
    pub fn reference(&self, name: &str) -> PathBuf {
        self.root.join(format!("solutions/src/{name}.rs"))
    }

    /// The exercise's page in the book.
    pub fn page(&self, name: &str) -> PathBuf {
        self.root.join(format!("book/src/exercises/{name}.md"))
    }

    /// A chapter of the book.
    pub fn chapter(&self, file: &str) -> PathBuf {
        self.root.join("book/src").join(file)
    }

    /// The list of exercises.
    pub fn catalogue(&self) -> PathBuf {
        self.root.join("exercises/exercises.toml")
    }

    /// What has been solved.
    pub fn progress(&self) -> PathBuf {
        self.root.join("exercises/progress.toml")
    }

    /// Answers that a reset has put aside.
    pub fn kept(&self) -> PathBuf {
        self.root.join("exercises/kept")
    }

    /// A path as the reader would type it in the workbook's folder.
    pub fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// The text of a file.
    ///
    /// # Errors
    ///
    /// The system's reason, with the file's name.
    pub fn read(&self, path: &Path) -> Result<String> {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", self.short(path)))
    }

    /// The text of a file, or `None` if there is no such file. What is no UTF-8 in it is replaced:
    /// the compiler will complain of that, and nobody writes this text back.
    ///
    /// # Errors
    ///
    /// The system's reason if there is one and it cannot be read.
    pub fn read_if_there(&self, path: &Path) -> Result<Option<String>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.short(path))),
        }
    }
}
