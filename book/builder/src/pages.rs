//! Turns the fences of all chapters into what a reader sees.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::chapter::{Page, for_each_chapter};
use crate::every_order::Scheduler;
use crate::fences::{Fence, replace};
use crate::hints::{self, Exercises};
use crate::include;
use crate::postprocess::{Folds, marker};
use crate::problem::none_of;
use crate::quiz::{Predict, Quiz, answers, compared, predicted, question};
use crate::timeline::Timeline;
use crate::transcript::{Block, page};

/// What the pages keep for later, and how much there is of everything.
#[derive(Debug, Default, Clone)]
pub(crate) struct Collected(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    folds: Folds,
    counts: BTreeMap<&'static str, usize>,
}

impl Collected {
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

    fn add(&self, what: &'static str) {
        self.with(|inner| *inner.counts.entry(what).or_default() += 1);
    }

    fn fold(&self, key: String, html: String) {
        self.with(|inner| inner.folds.insert(key, html));
    }
}

/// The preprocessor that replaces every fence which is the book's own. It runs after mdBook has
/// put in what is quoted.
pub(crate) struct RenderFences(Collected);

impl RenderFences {
    /// Puts what must be kept for later into `collected`.
    pub(crate) fn new(collected: &Collected) -> Self {
        RenderFences(collected.clone())
    }
}

impl Preprocessor for RenderFences {
    fn name(&self) -> &str {
        "render-fences"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> anyhow::Result<Book> {
        let mut problems = Vec::new();
        self.0.with(|inner| *inner = Inner::default());
        for_each_chapter(context, &mut book, |chapter, page| {
            self.0.add("page");
            let mut questions = 0;
            chapter.content = replace(&chapter.content, |fence| {
                questions += usize::from(matches!(fence.language, "quiz" | "fault" | "predict"));
                let html = render(fence, page, questions, &self.0)?;
                html.map_err(|why| problems.push(page.problem(fence.line, why))).ok()
            });
            chapter.content = include::tidy(&chapter.content);
        });
        none_of(problems)?;
        Ok(book)
    }
}

/// The fence as a reader sees it; `None` if it is none of ours.
fn render(
    fence: &Fence<'_>,
    page: &Page,
    questions: usize,
    collected: &Collected,
) -> Option<Result<String, String>> {
    let (what, html) = match fence.language {
        "console" => ("console", console(fence, page, collected)),
        "quiz" => ("quiz", quiz(fence, page, questions, collected)),
        "fault" => ("fault", quiz(fence, page, questions, collected)),
        "predict" => ("predict", predict(fence, page, questions, collected)),
        "hints" => ("hints", staged(fence, page, collected)),
        "scheduler" => ("scheduler", scheduled(fence, page)),
        "timeline" => ("timeline", drawn(fence, page, collected)),
        "sh" => ("sh", Ok(page::commands(fence.body))),
        _ => return None,
    };
    collected.add(what);
    Some(html)
}

fn console(fence: &Fence<'_>, page: &Page, collected: &Collected) -> Result<String, String> {
    let block = Block::read(fence).unwrap_or_else(|| Err("no console block".to_owned()))?;
    let html = page::html(&block);
    Ok(unsearched(&html, ("<p class=\"proof", "</p>"), fence, page, collected))
}

/// Takes a part of a fence out of what the page search finds: it stands below every run, and says
/// nothing about what a reader looks for.
fn unsearched(
    html: &str,
    (start, end): (&str, &str),
    fence: &Fence<'_>,
    page: &Page,
    collected: &Collected,
) -> String {
    let from = html.rfind(start);
    let part = from.and_then(|from| Some(from..from + html[from..].find(end)? + end.len()));
    let Some(part) = part else { return html.to_owned() };
    let key = format!("note-{}-{}-{}", page.key, fence.line, part.start);
    let (before, after) = (&html[..part.start], &html[part.end..]);
    let html_after = format!("{before}{}{after}", marker(&key));
    collected.fold(key, html[part].to_owned());
    html_after
}

fn quiz(
    fence: &Fence<'_>,
    page: &Page,
    number: usize,
    collected: &Collected,
) -> Result<String, String> {
    let quiz = Quiz::read(fence, &page.root)?;
    collected.fold(format!("quiz-{}-{number}", page.key), answers(&quiz));
    Ok(question(&quiz, &page.key, number))
}

fn predict(
    fence: &Fence<'_>,
    page: &Page,
    number: usize,
    collected: &Collected,
) -> Result<String, String> {
    let predict = Predict::read(fence)?;
    collected.fold(format!("quiz-{}-{number}", page.key), compared(&predict));
    Ok(predicted(&predict, &page.key, number))
}

fn staged(fence: &Fence<'_>, page: &Page, collected: &Collected) -> Result<String, String> {
    let Some(exercises) = Exercises::load(Path::new(&page.root))? else {
        return Ok("There are no hints in this copy of the workbook.\n\n".to_owned());
    };
    let key = format!("hints-{}-{}", page.key, fence.line);
    collected.fold(key.clone(), hints::folds(exercises.hints(fence.body)?));
    Ok(format!("<div class=\"hints\">{}</div>\n\n", marker(&key)))
}

fn scheduled(fence: &Fence<'_>, page: &Page) -> Result<String, String> {
    let scheduler = Scheduler::read(fence).unwrap_or_else(|| Err("no scheduler".to_owned()))?;
    scheduler.html(&page.root, &format!("scheduler-{}-{}", page.key, fence.line))
}

fn drawn(fence: &Fence<'_>, page: &Page, collected: &Collected) -> Result<String, String> {
    let timeline = Timeline::read(fence).unwrap_or_else(|| Err("no timeline".to_owned()))?;
    let id = format!("timeline-{}-{}", page.key, fence.line);
    let html = timeline.figure(&page.root, &id)?;
    let html = unsearched(&html, ("<details>", "</details>"), fence, page, collected);
    Ok(unsearched(&html, ("<span class=\"proof\">", "</span>"), fence, page, collected))
}
