//! Building the book, strictly: what stock mdBook lets pass is an error here.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use mdbook_driver::MDBook;
use mdbook_driver::builtin_preprocessors::{IndexPreprocessor, LinkPreprocessor};
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::BookItem;

use crate::include::CheckQuotes;
use crate::pages::{Collected, RenderFences};
use crate::problem::{Problem, none_of};
use crate::transcript::blocks;
use crate::workspace::{Workspace, files};
use crate::{links, log, postprocess, publish, search};

/// What a built book has, for people.
#[derive(Debug, Default)]
pub struct Built {
    /// The folder with the pages.
    pub out: PathBuf,
    pub(crate) words: usize,
    pages: usize,
    links: usize,
    /// With choices or orders, to find a fault in, to predict.
    questions: [usize; 3],
    hints: usize,
    timelines: usize,
    console: usize,
    skipped: Vec<String>,
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Built { pages, words, links, questions, hints, timelines, console, .. } = self;
        let run = console - self.skipped.len();
        writeln!(f, "{pages} pages, {words} words, {links} links checked")?;
        let [choices, faults, outputs] = questions;
        writeln!(f, "{choices} questions, {faults} faults to find, {outputs} outputs to predict")?;
        writeln!(f, "{hints} sets of hints, {timelines} timelines")?;
        write!(f, "{run} of {console} console blocks are run by `cargo test -p book`")?;
        self.skipped.iter().try_for_each(|place| write!(f, "\n  not run: {place}"))
    }
}

/// The book with its preprocessors in the order they run: what chapters quote is checked before
/// mdBook puts it in, and the book's own fences are rendered after that.
fn load(home: &Path, out: &Path, collected: &Collected) -> Result<MDBook> {
    let mut config = Config::from_disk(home.join("book.toml"))?;
    config.build.use_default_preprocessors = false;
    config.build.build_dir = out.to_owned();
    let mut book = MDBook::load_with_config(home, config)?;
    book.with_preprocessor(CheckQuotes)
        .with_preprocessor(LinkPreprocessor::new())
        .with_preprocessor(IndexPreprocessor::new())
        .with_preprocessor(RenderFences::new(collected));
    Ok(book)
}

/// Files beside the chapters that `SUMMARY.md` does not list, which no page would lead to.
fn unlisted(book: &MDBook, workspace: &Workspace) -> Result<Vec<Problem>> {
    let source = workspace.source();
    let listed: HashSet<PathBuf> = book
        .iter()
        .filter_map(|item| match item {
            BookItem::Chapter(chapter) => Some(source.join(chapter.source_path.as_ref()?)),
            _ => None,
        })
        .chain([source.join("SUMMARY.md")])
        .collect();
    let files = files(&source, "md")?.into_iter();
    let missing = files.filter(|file| !listed.contains(file));
    let what = "SUMMARY.md does not list it";
    Ok(missing.map(|file| Problem::new(workspace.relative(&file), 0, what)).collect())
}

/// Builds the book into `target/book`.
///
/// It is built beside that folder and takes its place when it is complete and free of faults. So
/// a reader never meets half a book, and two builds at once do not disturb one another.
///
/// # Errors
///
/// Everything that is wrong with the book, a line each, with file and line where they are known:
/// missing files and anchors, links that lead nowhere, blocks that make no sense, and all that
/// mdBook itself complains of.
pub fn build(workspace: &Workspace) -> Result<Built> {
    build_and(workspace, |_| Ok(())).map(|(built, ())| built)
}

/// As [`build`], and does something with the finished folder before another build can replace it.
pub(crate) fn build_and<T>(
    workspace: &Workspace,
    use_it: impl FnOnce(&Path) -> Result<T>,
) -> Result<(Built, T)> {
    let target = workspace.target();
    let staging = publish::Staging::new(&target)?;
    let mut built = build_into(staging.path(), workspace)?;
    let used = use_it(staging.path())?;
    let out = target.join("book");
    staging.replace(&out).with_context(|| out.display().to_string())?;
    built.out = out;
    Ok((built, used))
}

/// Builds the book into a folder that is empty or not there.
pub(crate) fn build_into(out: &Path, workspace: &Workspace) -> Result<Built> {
    log::listen();
    let collected = Collected::default();
    let before = log::warnings();
    let book = load(&workspace.book(), out, &collected)?;
    none_of(unlisted(&book, workspace)?)?;
    book.build()?;
    let warnings = log::warnings() - before;
    ensure!(warnings == 0, "mdBook has complained, see above");
    let out = out.canonicalize().with_context(|| out.display().to_string())?;
    postprocess::postprocess(&out, &collected.folds())?;
    search::add_glossary(&out)?;
    let mut links = links::check(&out, workspace)?;
    links::promised(&out, workspace, &mut links)?;
    none_of(links.problems)?;
    let blocks = blocks::all(workspace)?;
    Ok(Built {
        pages: collected.pages(),
        links: links.count,
        questions: ["quiz", "fault", "predict"].map(|kind| collected.count(kind)),
        hints: collected.count("hints"),
        timelines: collected.count("timeline"),
        console: blocks.len(),
        skipped: blocks.iter().filter_map(|block| block.skipped(workspace)).collect(),
        out,
        words: 0,
    })
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
