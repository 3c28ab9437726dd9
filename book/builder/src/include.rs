//! What chapters quote from files. Stock mdBook builds happily with a file or an anchor missing;
//! here both are errors.
//!
//! A piece of a file is quoted in one of two ways:
//!
//! * by an anchor, `{{#include FILE:NAME}}`: the file has a line `ANCHOR: NAME` before the piece
//!   and one `ANCHOR_END: NAME` after it;
//! * by its first line, so that a program which is to be read as it stands needs no marks:
//!
//!   ````text
//!   ```rust,from=fn wait_for
//!   {{#include ../../lessons/01-fork-basics/src/main.rs:58:67}}
//!   ```
//!   ````
//!
//!   The piece is what starts with that text, with the comments directly above it, up to the line
//!   that closes it. The line numbers are for stock mdBook; here they must agree with the file, and
//!   `cargo book bless` corrects them.

use std::ops::Range;
use std::path::Path;

use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::chapter::{Page, for_each_chapter};
use crate::fences::{Fence, fences, line_of, replace};
use crate::problem::none_of;

/// `{{#include PATH:PART}}`
struct Directive<'a> {
    path: &'a str,
    part: &'a str,
    /// Where `PART` lies in the text.
    range: Range<usize>,
}

/// The preprocessor that checks every directive, and notes at each quoting fence which file it
/// quotes. It runs before mdBook puts in the text.
pub(crate) struct CheckQuotes;

impl Preprocessor for CheckQuotes {
    fn name(&self) -> &str {
        "check-quotes"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> anyhow::Result<Book> {
        let mut problems = Vec::new();
        for_each_chapter(context, &mut book, |chapter, page| {
            for found in directives(&chapter.content) {
                match found {
                    Ok((line, directive)) => {
                        let problem = wrong(&page.folder, &chapter.content, &directive);
                        problems.extend(problem.map(|why| page.problem(line, why)));
                    }
                    Err((line, why)) => problems.push(page.problem(line, why)),
                }
            }
            chapter.content = replace(&chapter.content, |fence| with_source(fence, page));
        });
        none_of(problems)?;
        Ok(book)
    }
}

/// A quoting fence with the quoted file in its info string.
fn with_source(fence: &Fence<'_>, page: &Page) -> Option<String> {
    let (_, directive) = directives(fence.body).next()?.ok()?;
    let file = page.folder.join(directive.path).canonicalize().ok()?;
    let file = file.strip_prefix(&page.root).unwrap_or(&file);
    let from = fence.attribute("from").map_or(String::new(), |from| format!(",from={from}"));
    let (language, body) = (fence.language, fence.body);
    Some(format!(
        "```{language},source={}{from}
{body}```
",
        file.display()
    ))
}

/// After mdBook has put in the quoted text: moves it to the left margin and says where it is from.
pub(crate) fn tidy(content: &str) -> String {
    replace(content, |fence| {
        let source = fence.attribute("source")?;
        let indent = |line: &&str| line.len() - line.trim_start().len();
        let lines = fence.body.lines().filter(|line| !line.trim().is_empty());
        let margin = lines.map(|line| indent(&line)).min().unwrap_or(0);
        let lines = fence.body.lines().map(|line| line.get(margin..).unwrap_or_default());
        let body: String = lines.flat_map(|line| [line, "\n"]).collect();
        let language = fence.language;
        let code = format!("<div class=\"quote\">\n\n```{language}\n{body}```\n");
        Some(format!("{code}\n<p class=\"source\">{source}</p></div>\n\n"))
    })
}

/// The text with all line numbers of quoted pieces as they are now.
pub(crate) fn bless(folder: &Path, content: &str) -> String {
    let mut out = content.to_owned();
    // From the end, so that what is still to be replaced stays where it is.
    for fence in fences(content).iter().rev() {
        let Some(from) = fence.attribute("from") else { continue };
        let Some(Ok((_, directive))) = directives(fence.body).next() else { continue };
        let Ok(text) = std::fs::read_to_string(folder.join(directive.path)) else { continue };
        if let Ok(lines) = piece(&text, from) {
            let start =
                fence.range.start + content[fence.range.clone()].find(fence.body).unwrap_or(0);
            let range = start + directive.range.start..start + directive.range.end;
            out.replace_range(range, &numbers(&lines));
        }
    }
    out
}

fn numbers(lines: &Range<usize>) -> String {
    format!("{}:{}", lines.start + 1, lines.end)
}

type Found<'a> = Result<(usize, Directive<'a>), (usize, String)>;

/// Every directive with its line.
fn directives(text: &str) -> impl Iterator<Item = Found<'_>> {
    let starts = text.match_indices("{{#").filter(|(at, _)| !text[..*at].ends_with('\\'));
    starts.map(|(at, _)| {
        let line = line_of(text, at);
        let inside = text[at + 3..].split_once("}}").map_or("", |(inside, _)| inside);
        let Some((word, rest)) = inside.split_once(' ') else {
            return Err((line, "a directive that does not end".to_owned()));
        };
        if word != "include" {
            return Err((line, format!("only `include` is used in this book, not `{word}`")));
        }
        let rest = rest.trim();
        let (path, part) = rest.split_once(':').unwrap_or((rest, ""));
        let end = at + 3 + inside.trim_end().len();
        Ok((line, Directive { path, part, range: end - part.len()..end }))
    })
}

/// What is wrong with a directive, if anything is.
fn wrong(folder: &Path, content: &str, directive: &Directive<'_>) -> Option<String> {
    let Directive { path, part, range } = directive;
    if path.contains("exercises/src/") {
        return Some(format!("{path} is the learner's, who will change it"));
    }
    let text = match std::fs::read_to_string(folder.join(path)) {
        Ok(text) => text,
        Err(error) => return Some(format!("cannot read {path}: {error}")),
    };
    if part.is_empty() {
        return None;
    }
    if !part.starts_with(|c: char| c.is_ascii_digit() || c == ':') {
        return anchor(path, &text, part);
    }
    let all = fences(content);
    let Some(from) = all.iter().find(|f| f.range.contains(&range.start)).and_then(from_of) else {
        return Some(format!("{path}:{part}: name the first line too: `from=…` at the fence"));
    };
    match piece(&text, from) {
        Err(why) => Some(format!("{path}: {why}")),
        Ok(lines) if numbers(&lines) == *part => None,
        Ok(lines) => Some(format!(
            "{path}: {from:?} is now at {}, not {part}; `cargo book bless` corrects it",
            numbers(&lines)
        )),
    }
}

fn from_of<'a>(fence: &Fence<'a>) -> Option<&'a str> {
    fence.attribute("from")
}

/// Both marks of an anchor must be there, once.
fn anchor(path: &str, text: &str, name: &str) -> Option<String> {
    ["ANCHOR", "ANCHOR_END"].into_iter().find_map(|mark| {
        let marks = text.lines().filter_map(|line| line.split_once(&format!("{mark}:")));
        let count = marks.filter(|(_, found)| found.trim() == name).count();
        (count != 1).then(|| format!("{path} has {count} lines `{mark}: {name}`, not 1"))
    })
}

/// The lines (from 0, end exclusive) of the piece that starts with `from`.
fn piece(text: &str, from: &str) -> Result<Range<usize>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let starts = |line: &&str| line.trim_start().trim_start_matches("pub ").starts_with(from);
    let found: Vec<usize> = (0..lines.len()).filter(|i| starts(&lines[*i])).collect();
    let [first] = found[..] else {
        return Err(format!("{} lines start with {from:?}, not 1", found.len()));
    };
    let margin = indent(lines[first]);
    let above = |line: &&&str| {
        let text = line.trim_start();
        indent(line) == margin && ["//", "#[", "# ", "@"].iter().any(|mark| text.starts_with(mark))
    };
    let start = first - lines[..first].iter().rev().take_while(above).count();
    Ok(start..end_of_piece(&lines, first))
}

/// The line (from 0) after the piece whose first line is `first`: a Rust item ends with the line
/// that closes it, a Python one before the next line that is not indented.
fn end_of_piece(lines: &[&str], first: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (margin, opening) = (indent(lines[first]), lines[first].trim_end());
    if opening.ends_with("\"\\") {
        // A text of many lines, whose own margin says nothing.
        let text = lines[first + 1..].iter().position(|line| line.starts_with("\";"));
        return text.map_or(first + 1, |length| first + length + 2);
    }
    let inside = |line: &&&str| line.trim().is_empty() || indent(line) > margin;
    let end = first + 1 + lines[first + 1..].iter().take_while(inside).count();
    let closes =
        |line: &&str| indent(line) == margin && line.trim_start().starts_with(['}', ')', ']']);
    let opens = |line: &str| line.trim_end().ends_with(['{', '(', '[']);
    match lines.get(end).copied().filter(closes) {
        // What closes the arguments may open the body.
        Some(closing) if opens(opening) && opens(closing) => end_of_piece(lines, end),
        Some(_) if opens(opening) => end + 1,
        _ if opens(opening) || opening.ends_with(':') => {
            let blank = lines[first..end].iter().rev().take_while(|line| line.trim().is_empty());
            end - blank.count()
        }
        _ => first + 1,
    }
}

#[cfg(test)]
#[path = "include_tests.rs"]
mod tests;
