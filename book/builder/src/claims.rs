//! Sentences that state a fact and show nothing for it.
//!
//! A claim is a sentence with a number or with one of *always, never, only, every, cannot*. It is
//! backed by a link in the sentence, by a run, a picture or the quoted code of a program that is
//! run directly above or below its paragraph, or by a mark in the paragraph, or on a line of its
//! own directly above it, which says that and why it was found true without one:
//! `<!-- reviewed: counted by hand -->`. Code and questions are no prose; what they claim is
//! checked in other ways. What an exercise demands under "The task" is no claim: its checks hold
//! every answer to it.

use std::fmt;
use std::ops::Range;

use anyhow::{Context, Result};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::fences::line_of;
use crate::problem::Problem;
use crate::workspace::Workspace;

/// Words that claim something for all cases.
const WORDS: [&str; 5] = ["always", "never", "only", "every", "cannot"];

/// How a reviewer's mark begins.
const MARK: &str = "<!-- reviewed:";

/// Fences that show a run.
const RUNS: [&str; 3] = ["console", "timeline", "predict"];

/// All claims of the book that nothing backs, and how many there are in all.
#[derive(Debug, Default)]
pub struct Claims {
    unbacked: Vec<Problem>,
    count: usize,
}

impl Claims {
    /// Those that nothing backs.
    pub(crate) fn unbacked(self) -> Vec<Problem> {
        self.unbacked
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unbacked.iter().try_for_each(|claim| writeln!(f, "{claim}"))?;
        let unbacked = self.unbacked.len();
        write!(
            f,
            "{unbacked} of {} claims have neither a run nor a link nor a reviewed mark beside them",
            self.count
        )
    }
}

/// Reads all chapters for claims.
///
/// # Errors
///
/// If a chapter cannot be read.
pub fn claims(workspace: &Workspace) -> Result<Claims> {
    let mut all = Claims::default();
    for path in workspace.chapters()? {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for (line, claim) in in_chapter(&text) {
            all.count += 1;
            if !claim.backed {
                let what = format!("{}: {}", claim.sign, claim.sentence);
                all.unbacked.push(Problem::new(workspace.relative(&path), line, what));
            }
        }
    }
    Ok(all)
}

/// A sentence that claims something.
#[derive(Debug)]
struct Claim {
    sentence: String,
    /// The word or number by which it is one.
    sign: String,
    backed: bool,
}

/// A piece of a chapter at its top level.
enum Piece {
    Heading { is_the_task: bool },
    Run,
    Mark,
    Prose(Vec<Sentence>),
    Other,
}

/// A sentence of prose. In `words` code is left out.
#[derive(Debug, Default)]
struct Sentence {
    start: usize,
    text: String,
    words: String,
    linked: bool,
    marked: bool,
}

/// Every claim of a chapter with its line.
fn in_chapter(markdown: &str) -> Vec<(usize, Claim)> {
    let pieces = pieces(markdown);
    let is = |at: Option<usize>, what: fn(&Piece) -> bool| {
        at.and_then(|at| pieces.get(at)).is_some_and(what)
    };
    let mut found = Vec::new();
    let mut demanded = false;
    for (at, piece) in pieces.iter().enumerate() {
        if let Piece::Heading { is_the_task } = piece {
            demanded = *is_the_task;
        }
        let Piece::Prose(sentences) = piece else { continue };
        if demanded {
            continue;
        }
        let run = |piece: &Piece| matches!(piece, Piece::Run);
        let beside = is(at.checked_sub(1), run)
            || is(Some(at + 1), run)
            || is(at.checked_sub(1), |piece| matches!(piece, Piece::Mark))
            || sentences.iter().any(|sentence| sentence.marked);
        for sentence in sentences {
            let Some(sign) = sign(&sentence.words) else { continue };
            let backed = beside || sentence.linked;
            let text = sentence.text.trim().to_owned();
            let line = line_of(markdown, sentence.start);
            found.push((line, Claim { sentence: text, sign, backed }));
        }
    }
    found
}

/// The chapter in pieces. Those of a list or a table are one piece together.
fn pieces(markdown: &str) -> Vec<Piece> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_DEFINITION_LIST;
    let (mut pieces, mut depth, mut heading) = (Vec::new(), 0, false);
    let mut inner: Vec<(Event<'_>, Range<usize>)> = Vec::new();
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        match &event {
            Event::Start(tag) => {
                heading |= matches!(tag, Tag::Heading { .. });
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
        inner.push((event, range));
        if depth == 0 {
            pieces.push(if heading { title(&inner) } else { piece(&inner) });
            heading = false;
            inner.clear();
        }
    }
    pieces
}

fn title(events: &[(Event<'_>, Range<usize>)]) -> Piece {
    let is_the_task = events.iter().any(|(event, _)| *event == Event::Text("The task".into()));
    Piece::Heading { is_the_task }
}

fn piece(events: &[(Event<'_>, Range<usize>)]) -> Piece {
    match &events[0].0 {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
            let mut words = info.split(',');
            let run = words.next().is_some_and(|language| RUNS.contains(&language));
            let quoted = words.any(|word| word.starts_with("from="));
            if run || quoted { Piece::Run } else { Piece::Other }
        }
        Event::Start(Tag::HtmlBlock) => {
            let marked = events.iter().any(|(event, _)| is_mark(event));
            if marked { Piece::Mark } else { Piece::Other }
        }
        _ => Piece::Prose(sentences(events)),
    }
}

fn is_mark(event: &Event<'_>) -> bool {
    matches!(event, Event::Html(html) | Event::InlineHtml(html) if html.starts_with(MARK))
}

fn sentences(events: &[(Event<'_>, Range<usize>)]) -> Vec<Sentence> {
    let mut all = vec![Sentence::default()];
    let (mut in_link, mut in_code) = (false, false);
    for (event, range) in events {
        let last = all.last_mut().expect("BUG: it is never empty");
        match event {
            Event::Text(text) if !in_code => {
                add(&mut all, text, range.start, in_link);
            }
            Event::Code(code) => {
                if last.text.trim().is_empty() {
                    last.start = range.start;
                }
                last.text.push_str(code);
                last.words.push_str(" code ");
            }
            Event::SoftBreak | Event::HardBreak => add(&mut all, " ", range.start, false),
            Event::Start(Tag::Link { .. }) => (in_link, last.linked) = (true, true),
            Event::End(TagEnd::Link) => in_link = false,
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::InlineHtml(_) if is_mark(event) => last.marked = true,
            Event::End(TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead | TagEnd::Paragraph) => {
                all.push(Sentence::default());
            }
            Event::End(TagEnd::TableCell) => last.text.push_str(" | "),
            _ => {}
        }
    }
    all
}

/// Adds text, with a new sentence after each that it ends.
fn add(all: &mut Vec<Sentence>, text: &str, start: usize, linked: bool) {
    for (at, c) in text.char_indices() {
        let last = all.last_mut().expect("BUG: it is never empty");
        let ended = last.words.trim_end().ends_with(['.', '?', '!', ':']);
        let last = if ended && c.is_whitespace() {
            all.push(Sentence { linked, ..Sentence::default() });
            all.last_mut().expect("BUG: one was added")
        } else {
            last
        };
        if last.text.trim().is_empty() {
            last.start = start + at;
        }
        last.text.push(c);
        last.words.push(c);
    }
}

/// The first word by which a sentence is a claim.
fn sign(words: &str) -> Option<String> {
    let words = words.split(|c: char| !c.is_alphanumeric());
    let mut words = words.map(str::to_lowercase);
    words.find(|word| {
        WORDS.contains(&word.as_str()) || word.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unbacked(markdown: &str) -> Vec<(usize, String)> {
        let claims = in_chapter(markdown).into_iter().filter(|(_, claim)| !claim.backed);
        claims.map(|(line, claim)| (line, claim.sentence)).collect()
    }

    #[test]
    fn a_number_or_a_word_for_all_cases_makes_a_claim() {
        let text = "# 3 things\n\nA fork copies. It takes 3 ms. It\nnever fails. `x 5` is code.\n\n- Every child ends.\n- Some wait.\n";
        let expected = [
            (3, "It takes 3 ms.".to_owned()),
            (3, "It never fails.".to_owned()),
            (6, "Every child ends.".to_owned()),
        ];
        assert_eq!(unbacked(text), expected);
    }

    #[test]
    fn what_an_exercise_demands_is_no_claim() {
        let text = "# Exercise\n\n## The task\n\nReap every child.\n\n## Hints\n\nNever sleep.\n";
        assert_eq!(unbacked(text), [(9, "Never sleep.".to_owned())]);
    }

    #[test]
    fn a_link_in_the_sentence_a_run_beside_it_or_a_mark_backs_it() {
        assert_eq!(unbacked("It takes [3 ms](x). It cannot fail.\n").len(), 1);
        assert_eq!(unbacked("It takes 3 ms.\n\n```console\n$ x\n```\n"), []);
        assert_eq!(unbacked("```timeline\n$ x\nc\n```\n\nIt takes 3 ms.\n"), []);
        assert_eq!(unbacked("It takes 3 ms.\n\n```rust\nx\n```\n").len(), 1);
        assert_eq!(unbacked("It adds 3.\n\n```rust,from=fn add\nx\n```\n"), []);
        assert_eq!(unbacked("It takes 3 ms. <!-- reviewed: arithmetic -->\n"), []);
        assert_eq!(unbacked("<!-- reviewed: arithmetic -->\n\nIt takes 3 ms.\n"), []);
    }
}
