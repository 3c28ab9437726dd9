//! The chapters as mdBook hands them to a preprocessor.

use std::path::{Path, PathBuf};

use anyhow::Result;
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::problem::{Problem, none_of};

/// All chapters, and where their book is.
pub(crate) struct Chapters<'a> {
    book: &'a mut Book,
    source: PathBuf,
}

/// Where a chapter comes from.
pub(crate) struct Page {
    /// The chapter's file, as seen from the workspace: what a complaint names.
    file: PathBuf,
    /// The folder it is in.
    pub(crate) folder: PathBuf,
    /// The workspace.
    pub(crate) root: PathBuf,
    /// `fork-basics`, `exercises-fork_basics`: part of the ids in the page.
    pub(crate) key: String,
}

impl Page {
    pub(crate) fn problem(&self, line: usize, what: impl std::fmt::Display) -> Problem {
        Problem::new(&self.file, line, what)
    }

    fn new(source: &Path, chapter: &Path) -> Self {
        let path = source.join(chapter);
        let root = source.ancestors().nth(2).unwrap_or(source).to_owned();
        Page {
            file: path.strip_prefix(&root).unwrap_or(&path).to_owned(),
            folder: path.parent().unwrap_or(source).to_owned(),
            key: chapter.with_extension("").to_string_lossy().replace('/', "-"),
            root,
        }
    }
}

/// Does something with each chapter that has a file.
pub(crate) fn each(chapters: &mut Chapters<'_>, mut step: impl FnMut(&mut Chapter, &Page)) {
    let source = chapters.source.clone();
    chapters.book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(path) = chapter.source_path.clone()
        {
            step(chapter, &Page::new(&source, &path));
        }
    });
}

/// A step over all chapters, as mdBook wants it.
pub(crate) struct Over {
    name: &'static str,
    step: Box<Step>,
}

type Step = dyn Fn(&mut Chapters<'_>) -> Vec<Problem>;

impl Over {
    /// The step `name`, which gives what it finds wrong.
    pub(crate) fn all(
        name: &'static str,
        step: impl Fn(&mut Chapters<'_>) -> Vec<Problem> + 'static,
    ) -> Self {
        Over { name, step: Box::new(step) }
    }
}

impl Preprocessor for Over {
    fn name(&self) -> &str {
        self.name
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let source = context.root.join(&context.config.book.src);
        let mut chapters = Chapters { book: &mut book, source };
        let problems = (self.step)(&mut chapters);
        none_of(problems)?;
        Ok(book)
    }
}
