//! The chapters as mdBook hands them to a preprocessor.

use std::path::{Path, PathBuf};

use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::{Book, BookItem, Chapter};

use crate::problem::Problem;

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
    /// What is wrong in a line of the chapter.
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
pub(crate) fn for_each_chapter(
    context: &PreprocessorContext,
    book: &mut Book,
    mut step: impl FnMut(&mut Chapter, &Page),
) {
    let source = context.root.join(&context.config.book.src);
    book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(path) = chapter.source_path.clone()
        {
            step(chapter, &Page::new(&source, &path));
        }
    });
}
