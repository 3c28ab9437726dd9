//! The coach's own words.

use anyhow::Result;

use crate::check::Outcome;
use crate::coach::Coach;
use crate::markdown;
use crate::page;
use crate::standing::Standing;
use crate::text::{cut, wrap};

impl Coach {
    /// Which exercise this is, and what it asks for.
    pub fn heading(&self, at: usize) -> String {
        let exercise = self.exercise(at);
        let count = self.catalogue.exercises.len();
        let title = format!("Exercise {} of {count}: {}", at + 1, exercise.name);
        let file = self.workspace.short(&self.workspace.answer(&exercise.name));
        let text = format!("{}\n{file}\n", exercise.title);
        format!("{}\n{}", self.paint.bold(&cut(&title, self.width)), wrap(&text, self.width))
    }

    /// What there is to say after a check.
    ///
    /// # Errors
    ///
    /// If a file of the workbook cannot be read.
    pub fn verdict(&self, at: usize, outcome: &Outcome) -> Result<String> {
        match outcome {
            Outcome::Passed(text) => Ok(wrap(text, self.width)),
            Outcome::Failed(_) if self.standing(at)? == Standing::NotStarted => Ok(self.begin(at)),
            Outcome::Failed(text) => Ok(wrap(text.trim_start_matches('\n'), self.width)),
            Outcome::NotCompiled { text, files } => {
                let title = self.paint.red("It does not compile yet.");
                let place = wrap(&self.place(at, files), self.width);
                Ok(format!("{text}{title}\n{place}"))
            }
        }
    }

    /// Where to look when it does not compile and the compiler points elsewhere.
    fn place(&self, at: usize, files: &[String]) -> String {
        let name = &self.exercise(at).name;
        let short = |path: std::path::PathBuf| self.workspace.short(&path);
        let stub = short(self.workspace.stub(name));
        if files.contains(&short(self.workspace.answer(name))) {
            String::new()
        } else if files.contains(&short(self.workspace.suite(name))) {
            format!(
                "The checks do not fit your answer. Names, arguments and results must stay as \
                 they are in {stub}.\n"
            )
        } else if let [other, ..] = files {
            format!(
                "The mistake is in {other}. All exercises are compiled together, so none can be \
                 checked before that is mended.\n"
            )
        } else {
            String::new()
        }
    }

    /// How to begin with a stub.
    fn begin(&self, at: usize) -> String {
        let exercise = self.exercise(at);
        let text = format!(
            "Not started yet.\n\n\
             1. Read book/src/{}, or look again at what you need of it.\n\
             2. Open {} in your editor. The task stands at its top.\n\
             3. Put your code where the todo! is, and save. `cargo coach` checks at every save.\n",
            exercise.chapter,
            self.workspace.short(&self.workspace.answer(&exercise.name)),
        );
        wrap(&text, self.width)
    }

    /// What the reference does, and which chapter and exercise come next.
    ///
    /// # Errors
    ///
    /// If a file of the workbook cannot be read.
    pub fn solved_it(&self, at: usize) -> Result<String> {
        let exercise = self.exercise(at);
        let discussion = page::discussion(&self.workspace, &exercise.name, self.paint, self.width)?;
        let title = self.paint.bold("What the reference does, and why");
        let count = self.catalogue.exercises.len();
        let solved = format!("Solved: {}. ", exercise.name);
        let left = count - self.solved()?;
        let next = match self.next(Some(at))? {
            None => "That was the last one: all are solved.".to_owned(),
            Some(next) => {
                let next = &self.exercise(next).name;
                format!("{left} left; the next exercise is {next}.")
            }
        };
        let chapter = self.workspace.chapter(&exercise.next);
        let read = match chapter.is_file() {
            true => format!("Now read {}.\n", self.workspace.short(&chapter)),
            false => String::new(), // there is none after it
        };
        let last = wrap(&format!("{}{next}\n{read}", self.paint.green(&solved)), self.width);
        Ok(format!("{title}\n\n{discussion}\n{last}"))
    }

    /// The first `shown` hints.
    pub fn hints(&self, at: usize, shown: usize) -> String {
        let hints = &self.exercise(at).hints;
        let mut text = String::new();
        for (number, hint) in hints.iter().take(shown).enumerate() {
            let title = format!("Hint {} of {}", number + 1, hints.len());
            text.push_str(&format!("{}\n", self.paint.bold(&title)));
            text.push_str(&markdown::render(hint, self.paint, self.width));
            text.push('\n');
        }
        if shown == hints.len() {
            text.push_str("That was the last hint.\n");
        }
        text
    }

    /// All exercises, and how far they are; the one at `current` is marked.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn list(&self, current: Option<usize>) -> Result<String> {
        let mut text = String::new();
        let (mut changed, mut broken) = (false, false);
        for (at, exercise) in self.catalogue.exercises.iter().enumerate() {
            let standing = self.standing(at)?;
            changed |= standing == Standing::Changed;
            broken |= standing == Standing::Broken;
            let mark = if current == Some(at) { '>' } else { ' ' };
            let word = format!("{:<11}", standing.word());
            let name = format!("{mark}{:3} {:<17}", at + 1, exercise.name);
            // Cut before it is coloured: colours take no room.
            let room = self.width.saturating_sub(name.len() + word.len() + 2);
            let title = if room < 12 { String::new() } else { cut(&exercise.title, room) };
            let word = match standing {
                Standing::Solved => self.paint.green(&word),
                Standing::Broken | Standing::Missing => self.paint.red(&word),
                _ => word,
            };
            text.push_str(format!("{name} {word} {title}").trim_end());
            text.push('\n');
        }
        let (solved, count) = (self.solved()?, self.catalogue.exercises.len());
        text.push_str(&format!("\n{solved} of {count} solved.\n"));
        if changed {
            text.push_str(
                "changed: it passed once; since then your answer, one that it uses, or its checks \
                 have changed. `cargo coach check` checks again.\n",
            );
        }
        if broken {
            text.push_str("broken: it passed once, and as it is now it fails.\n");
        }
        Ok(wrap(&text, self.width))
    }
}
