//! Turns the fences of all chapters into what a reader sees.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::chapter::{Chapters, Page, each};
use crate::fences::{Fence, replace};
use crate::hints::{self, Exercises};
use crate::include;
use crate::polish::{Folds, marker};
use crate::problem::Problem;
use crate::quiz::{Quiz, answers, question};
use crate::timeline::Timeline;
use crate::transcript::{Block, page};

/// What the pages keep for later, and how much there is of everything.
#[derive(Debug, Default, Clone)]
pub(crate) struct Kept(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    folds: Folds,
    counts: BTreeMap<&'static str, usize>,
}

impl Kept {
    fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The texts that go in place of markers.
    pub(crate) fn folds(&self) -> Folds {
        self.with(|inner| inner.folds.clone())
    }

    /// How many chapters there are.
    pub(crate) fn pages(&self) -> usize {
        self.count("page")
    }

    /// How many fences of a language there are.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.with(|inner| inner.counts.get(what).copied().unwrap_or(0))
    }

    fn fold(&self, key: String, html: String) {
        self.with(|inner| inner.folds.insert(key, html));
    }
}

/// Replaces every fence that is the book's own.
pub(crate) fn render(chapters: &mut Chapters<'_>, kept: &Kept) -> Vec<Problem> {
    let mut problems = Vec::new();
    kept.with(|inner| *inner = Inner::default());
    each(chapters, |chapter, page| {
        let mut questions = 0;
        kept.with(|inner| *inner.counts.entry("page").or_default() += 1);
        chapter.content = replace(&chapter.content, |fence| {
            let html = match fence.language {
                "console" => console(fence),
                "quiz" => {
                    questions += 1;
                    quiz(fence, page, questions, kept)
                }
                "hints" => staged(fence, page, kept),
                "timeline" => drawn(fence, page),
                "sh" => return Some(page::commands(fence.body)),
                _ => return None,
            };
            let language = ["console", "quiz", "hints", "timeline"]
                .into_iter()
                .find(|language| *language == fence.language)?;
            kept.with(|inner| *inner.counts.entry(language).or_default() += 1);
            html.map_err(|why| problems.push(page.problem(fence.line, why))).ok()
        });
        chapter.content = include::tidy(&chapter.content);
    });
    problems
}

fn console(fence: &Fence<'_>) -> Result<String, String> {
    let block = Block::read(fence).unwrap_or_else(|| Err("no console block".to_owned()))?;
    Ok(page::html(&block))
}

fn quiz(fence: &Fence<'_>, page: &Page, number: usize, kept: &Kept) -> Result<String, String> {
    let quiz = Quiz::read(fence, &page.root)?;
    kept.fold(format!("quiz-{}-{number}", page.key), answers(&quiz));
    Ok(question(&quiz, &page.key, number))
}

fn staged(fence: &Fence<'_>, page: &Page, kept: &Kept) -> Result<String, String> {
    let Some(exercises) = Exercises::load(Path::new(&page.root))? else {
        return Ok("There are no hints in this copy of the workbook.\n\n".to_owned());
    };
    let key = format!("hints-{}-{}", page.key, fence.line);
    kept.fold(key.clone(), hints::folds(exercises.hints(fence.body)?));
    Ok(format!("<div class=\"hints\">{}</div>\n\n", marker(&key)))
}

fn drawn(fence: &Fence<'_>, page: &Page) -> Result<String, String> {
    let timeline = Timeline::read(fence).unwrap_or_else(|| Err("no timeline".to_owned()))?;
    timeline.figure(&page.root, &format!("timeline-{}-{}", page.key, fence.line))
}
