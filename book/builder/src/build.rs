//! Building the book, strictly: what stock mdBook lets pass is an error here.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use mdbook_driver::MDBook;
use mdbook_driver::builtin_preprocessors::{IndexPreprocessor, LinkPreprocessor};
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::BookItem;

use crate::bless::{Runnable, blocks};
use crate::chapter::Over;
use crate::pages::Kept;
use crate::problem::{Problem, none_of};
use crate::{include, links, log, pages, polish, shape, spelling};

/// A chapter longer than this asks too much of a reader at once.
const PATIENCE: usize = 1_500;

/// What a built book has, for people.
#[derive(Debug, Default)]
pub struct Built {
    /// The folder with the pages.
    pub out: PathBuf,
    pages: usize,
    words: usize,
    links: usize,
    questions: usize,
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
        writeln!(f, "{questions} questions, {hints} sets of hints, {timelines} timelines")?;
        write!(f, "{run} of {console} console blocks are run by `cargo test -p book`")?;
        self.skipped.iter().try_for_each(|place| write!(f, "\n  not run: {place}"))
    }
}

/// The folder `book/`: where this was built or, if that has moved since, where cargo starts it.
fn home() -> Result<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let started = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let builder = started.as_deref().filter(|_| !built.exists()).unwrap_or(built);
    let home = builder.join("..").canonicalize();
    home.with_context(|| format!("the book's sources, which were in {}/..", builder.display()))
}

/// The workspace.
pub(crate) fn root() -> Result<PathBuf> {
    Ok(home()?.join("..").canonicalize()?)
}

/// Every file that the book is made of, for those who watch for changes.
pub(crate) fn sources() -> Result<Vec<PathBuf>> {
    let home = home()?;
    let beside = ["../lessons", "../exercises", "../solutions/src"].map(|path| home.join(path));
    let own = ["src", "theme", "examples", "book.toml"].map(|path| home.join(path));
    Ok(own.into_iter().chain(beside).collect())
}

/// The chapters' files, and `SUMMARY.md`, which lists them.
///
/// # Errors
///
/// If the folder with the chapters cannot be read.
pub fn chapters() -> Result<Vec<PathBuf>> {
    polish::files(&home()?.join("src"), "md")
}

/// The book with its preprocessors in the order they run: what chapters quote is checked before
/// mdBook puts it in, and the book's own fences are rendered after that.
fn load(home: &Path, kept: &Kept) -> Result<MDBook> {
    let mut config = Config::from_disk(home.join("book.toml"))?;
    config.build.use_default_preprocessors = false;
    let mut book = MDBook::load_with_config(home, config)?;
    let kept = kept.clone();
    book.with_preprocessor(Over::all("include", include::check))
        .with_preprocessor(LinkPreprocessor::new())
        .with_preprocessor(IndexPreprocessor::new())
        .with_preprocessor(Over::all("pages", move |chapters| pages::render(chapters, &kept)));
    Ok(book)
}

/// Files beside the chapters that `SUMMARY.md` does not list: nobody would ever read them.
fn unlisted(book: &MDBook, home: &Path) -> Result<Vec<Problem>> {
    let source = home.join("src");
    let listed: HashSet<PathBuf> = book
        .iter()
        .filter_map(|item| match item {
            BookItem::Chapter(chapter) => Some(source.join(chapter.source_path.as_ref()?)),
            _ => None,
        })
        .chain([source.join("SUMMARY.md")])
        .collect();
    let files = polish::files(&source, "md")?.into_iter();
    let missing = files.filter(|file| !listed.contains(file));
    Ok(missing
        .map(|file| {
            let file = file.strip_prefix(home.parent().unwrap_or(home)).unwrap_or(&file).to_owned();
            Problem::new(file, 0, "SUMMARY.md does not list it")
        })
        .collect())
}

/// Builds the book.
///
/// # Errors
///
/// Everything that is wrong with it, a line each, with file and line where they are known: missing
/// files and anchors, links that lead nowhere, blocks that make no sense, and all that mdBook
/// itself complains of.
pub fn build() -> Result<Built> {
    build_in(&home()?)
}

fn build_in(home: &Path) -> Result<Built> {
    log::listen();
    let kept = Kept::default();
    let before = log::warnings();
    let book = load(home, &kept)?;
    none_of(unlisted(&book, home)?)?;
    book.build()?;
    let warnings = log::warnings() - before;
    ensure!(warnings == 0, "mdBook has complained, see above");
    let out = book.build_dir_for("html");
    let out = out.canonicalize().with_context(|| out.display().to_string())?;
    polish::polish(&out, &kept.folds())?;
    let root = home.parent().unwrap_or(home);
    let mut links = links::check(&out, root, &home.join("src"))?;
    links::promised(&out, root, &mut links)?;
    none_of(links.problems)?;
    let blocks = blocks()?;
    Ok(Built {
        pages: kept.pages(),
        links: links.count,
        questions: kept.count("quiz"),
        hints: kept.count("hints"),
        timelines: kept.count("timeline"),
        console: blocks.len(),
        skipped: blocks.iter().filter_map(|found| skipped(found, root)).collect(),
        out,
        words: 0,
    })
}

/// Where and why a block is not run by the tests, if it is not.
fn skipped(found: &Runnable, root: &Path) -> Option<String> {
    let file = found.chapter.strip_prefix(root).unwrap_or(&found.chapter);
    let why = found.block.skip.as_ref()?;
    Some(Problem::new(file, found.block.line, why).to_string())
}

/// Builds the book and reads its chapters: spelling, none too long, none without a part that its
/// kind must have.
///
/// # Errors
///
/// As [`build`], and every misspelt word and missing part.
pub fn check() -> Result<Built> {
    let mut built = build()?;
    let root = root()?;
    let mut problems = Vec::new();
    for path in chapters()? {
        let file = path.strip_prefix(&root).unwrap_or(&path);
        let text = std::fs::read_to_string(&path)?;
        let words = spelling::words(&text);
        built.words += words;
        // The glossary is looked things up in, not read.
        if words > PATIENCE && !path.ends_with("glossary.md") {
            let what = format!("{words} words; a reader has patience for {PATIENCE}");
            problems.push(Problem::new(file, 0, what));
        }
        let lacks = shape::missing(&path, &text, &root).into_iter();
        problems.extend(lacks.map(|what| Problem::new(file, 0, what)));
        let slips = spelling::check(&text).into_iter();
        problems.extend(slips.map(|(line, what)| Problem::new(file, line, what)));
    }
    none_of(problems)?;
    Ok(built)
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
