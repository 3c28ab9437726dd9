//! `timeline` fences: a picture of a recorded run.
//!
//! ````text
//! ```timeline
//! $ cargo run -q -p lesson-fork-basics
//! One fork. The child is a zombie from its end until the parent waits for it.
//! ```
//! ````
//!
//! The first line is a command, the rest is the caption. The run was recorded by `lesson-timeline`
//! into `book/recordings/`, by `cargo book bless`; the tests record it again (see [`recording`]).
//! The drawing is that of the library `timeline`, the same as in the terminal.
//!
//! [`recording`]: crate::recording

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use timeline::{Run, json, svg, words};

use crate::fences::Fence;
use crate::html::{escape, inline};

/// A command whose run is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// As a reader types it.
    pub command: String,
    caption: String,
}

impl Timeline {
    /// Reads a fence; `None` if it is no `timeline`.
    ///
    /// # Errors
    ///
    /// If it has no command or no caption.
    pub fn read(fence: &Fence<'_>) -> Option<Result<Self, String>> {
        (fence.language == "timeline").then(|| {
            let (first, caption) = fence.body.split_once('\n').unwrap_or((fence.body, ""));
            let command = first.strip_prefix("$ ").ok_or("a timeline begins with `$ COMMAND`")?;
            let (command, caption) = (command.trim().to_owned(), caption.trim().to_owned());
            if caption.is_empty() {
                return Err("a timeline needs a caption: what is there to see?".to_owned());
            }
            Ok(Timeline { command, caption })
        })
    }

    /// Where its recording is: a file in `book/recordings/`, named by the command.
    pub fn file(&self, root: &Path) -> PathBuf {
        let words = self.command.split(' ').skip_while(|word| *word != "-p").skip(1);
        let name: Vec<&str> = words.filter(|word| *word != "--" && *word != "--bin").collect();
        let name = name.join("-").replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
        root.join("book/recordings").join(name + ".jsonl")
    }

    /// The recorded run.
    ///
    /// # Errors
    ///
    /// If there is none, or it makes no sense.
    pub fn recorded(&self, root: &Path) -> Result<Run, String> {
        read(&self.file(root))
    }

    /// The recording as a figure. `id` is unique in the page.
    pub(crate) fn figure(&self, root: &Path, id: &str) -> Result<String, String> {
        let run =
            self.recorded(root).map_err(|why| format!("{why}; `cargo book bless` records"))?;
        // One for a page and one for a phone; the style sheet shows the one that fits.
        let pictures = [("page", 720), ("phone", 340)].map(|(class, width)| {
            let title = Some(self.caption.clone());
            let style = svg::Style { title, id: format!("{id}-{class}"), width, alone: false };
            format!("<div class=\"wide for-{class}\">{}</div>", svg::draw(&run, &style))
        });
        let (pictures, caption) = (pictures.concat(), inline(&self.caption));
        let told =
            words::sentences(&run).into_iter().map(|told| format!("<li>{}</li>", escape(&told)));
        let (told, command) = (told.collect::<String>(), escape(&self.command));
        Ok(format!(
            "<figure class=\"timeline\">{pictures}<figcaption>{caption} <span class=\"proof\">Drawn from a run of \
             <code>{command}</code>; the tests record it again.</span>\
             <details><summary>The same run in words</summary><ol>{told}</ol></details>\
             </figcaption></figure>\n\n"
        ))
    }
}

/// A recording.
pub(crate) fn read(file: &Path) -> Result<Run, String> {
    let name = file.file_name().unwrap_or_default().display();
    let text = File::open(file).map_err(|why| format!("{name}: {why}"))?;
    let events = json::read(BufReader::new(text)).map_err(|why| format!("{name}: {why}"))?;
    Run::new(events).map_err(|why| format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fences::fences;

    fn timeline(text: &str) -> Result<Timeline, String> {
        Timeline::read(&fences(text)[0]).expect("a timeline")
    }

    #[test]
    fn a_recording_is_named_by_its_command() {
        let fence = "```timeline\n$ cargo run -q -p lesson-x -- 3 --a\nSee.\n```";
        let file = timeline(fence).unwrap().file(Path::new(""));
        assert_eq!(file, Path::new("book/recordings/lesson-x-3---a.jsonl"));
    }

    #[test]
    fn a_picture_has_a_command_and_a_caption() {
        assert!(timeline("```timeline\nx\ny\n```").unwrap_err().contains("$ COMMAND"));
        assert!(timeline("```timeline\n$ x\n```").unwrap_err().contains("caption"));
    }
}
