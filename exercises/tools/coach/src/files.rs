//! What the coach does to the learner's files.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::coach::Coach;
use crate::platform;

/// More copies of one exercise than anybody keeps.
const MOST_KEPT: u32 = 10_000;

impl Coach {
    /// Puts the stub back, and the answer aside. Gives where to; `None` if there was no answer, or
    /// only the stub.
    ///
    /// # Errors
    ///
    /// If the copy cannot be made; then the answer is left as it is.
    pub fn reset(&self, at: usize) -> Result<Option<PathBuf>> {
        let name = &self.exercise(at).name;
        let (from, into) = (self.workspace.stub(name), self.workspace.answer(name));
        let stub = self.workspace.read(&from)?;
        let kept = match fs::read(&into) {
            Ok(answer) if answer != stub.as_bytes() => Some(self.keep(name, &answer)?),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let short = self.workspace.short(&into);
                return Err(error).with_context(|| format!("cannot read {short}"));
            }
            _ => None,
        };
        let new = into.with_extension("rs.new"); // all of it, or nothing
        fs::write(&new, stub)
            .and_then(|()| fs::rename(&new, &into))
            .with_context(|| format!("cannot write {}", self.workspace.short(&into)))?;
        Ok(kept)
    }

    /// Resets, and says what became of the answer.
    ///
    /// # Errors
    ///
    /// As [`Coach::reset`].
    pub fn reset_and_say(&self, at: usize) -> Result<String> {
        let name = &self.exercise(at).name;
        Ok(match self.reset(at)? {
            None => format!("{name} is as it was at first; there was nothing to keep."),
            Some(kept) => {
                let kept = self.workspace.short(&kept);
                format!("{name} is as it was at first. Your answer is in {kept}")
            }
        })
    }

    /// Writes a copy under a name that is not taken.
    fn keep(&self, name: &str, answer: &[u8]) -> Result<PathBuf> {
        let folder = self.workspace.kept();
        let short = self.workspace.short(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {short}"))?;
        for number in 1..MOST_KEPT {
            let file = folder.join(format!("{name}.{number}.rs"));
            match OpenOptions::new().write(true).create_new(true).open(&file) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                opened => {
                    opened
                        .and_then(|mut into| {
                            into.write_all(answer)?;
                            into.sync_data()
                        })
                        .with_context(|| format!("cannot keep your answer in {short}"))?;
                    return Ok(file);
                }
            }
        }
        bail!("{short} is full of copies of {name}: remove some");
    }

    /// Shows a chapter in the browser if it was built and there is one. Says what was done, or
    /// what to do.
    pub fn open_chapter(&self, chapter: &str) -> String {
        let built = self.workspace.root().join("target/book").join(chapter).with_extension("html");
        let source = format!("The chapter is book/src/{chapter}");
        if !built.is_file() {
            return format!("{source}. As a web page: `cargo book` in another terminal.");
        }
        let shown = built.display();
        if !platform::has_display() {
            return format!("{source}, and as a web page {shown}");
        }
        match platform::opener().arg(&built).spawn_quietly() {
            Ok(()) => format!("Opened {shown}"),
            Err(why) => format!("{source}. No browser could be started ({why}) for {shown}"),
        }
    }
}

/// Starts a program that is none of ours any more.
trait SpawnQuietly {
    fn spawn_quietly(&mut self) -> std::io::Result<()>;
}

impl SpawnQuietly for std::process::Command {
    fn spawn_quietly(&mut self) -> std::io::Result<()> {
        use std::os::unix::process::CommandExt;
        use std::process::Stdio;

        // In a group of its own, Ctrl-C does not reach the browser.
        self.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = self.spawn()?;
        // Somebody has to wait for it. (On Linux the coach also reaps whatever else has ended.)
        std::thread::spawn(move || child.wait());
        Ok(())
    }
}
