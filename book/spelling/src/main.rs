//! Checks the spelling of Markdown files, in British English: `book-spelling FILE…`. Prints each
//! slip with file and line, and exits with 1 if there is any.
//!
//! The word lists are those of `typos` (<https://github.com/crate-ci/typos>), which know wrong
//! spellings instead of right ones. So they need no dictionary beside the program, work offline
//! wherever cargo does, and a new term of the trade needs no entry in a list. What they miss is a
//! slip so rare that no list has it.

use std::borrow::Cow;
use std::env;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use typos::tokens::{Case, Identifier, Tokenizer, Word};
use typos::{Dictionary, Status};
use typos_vars::Category;
use unicase::UniCase;

fn main() -> ExitCode {
    let mut faults = 0;
    for file in env::args_os().skip(1).map(PathBuf::from) {
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(why) => {
                eprintln!("{}: {why}", file.display());
                faults += 1;
                continue;
            }
        };
        for (line, what) in check(&text) {
            eprintln!("{}:{line}: {what}", file.display());
            faults += 1;
        }
    }
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Each misspelt word with its line and what it might be.
fn check(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for range in prose(markdown) {
        let start = range.start;
        let text = &markdown[range];
        for typo in typos::check_str(text, &Tokenizer::new(), &British) {
            let line = markdown[..start + typo.byte_offset].matches('\n').count() + 1;
            let better = match &typo.corrections {
                Status::Corrections(words) => format!(", perhaps {}", words.join(" or ")),
                _ => String::new(),
            };
            found.push((line, format!("spelling: {}{better}", typo.typo)));
        }
    }
    found
}

/// Where the prose is: not code, but the questions in `quiz` fences.
fn prose(markdown: &str) -> Vec<Range<usize>> {
    let (mut found, mut in_code) = (Vec::new(), false);
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_code = !matches!(kind, pulldown_cmark::CodeBlockKind::Fenced(info) if *info == *"quiz");
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if !in_code => found.push(range),
            _ => {}
        }
    }
    found
}

/// The known misspellings, and the words that other Englishes spell in another way.
struct British;

impl Dictionary for British {
    fn correct_ident<'s>(&'s self, _: Identifier<'_>) -> Option<Status<'s>> {
        None
    }

    fn correct_word<'s>(&'s self, word: Word<'_>) -> Option<Status<'s>> {
        if word.case() == Case::None {
            return None;
        }
        let key = UniCase::new(word.token());
        if let Some(corrections) = typos_dict::WORD.find(&key) {
            return Some(corrected(corrections));
        }
        let spellings = typos_vars::VARS.find(&key)?;
        let ours = |categories: &u8| categories & (Category::BritishIse as u8) != 0;
        if spellings.iter().any(|(categories, _)| ours(categories)) {
            return Some(Status::Valid);
        }
        let (_, by_country) = spellings.first()?;
        Some(corrected(typos_vars::corrections(Category::BritishIse, **by_country)))
    }
}

fn corrected(words: &'static [&'static str]) -> Status<'static> {
    Status::Corrections(words.iter().map(|word| Cow::Borrowed(*word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_with_its_line() {
        let text =
            "# Title\n\nTwo proccesses, and `recieve` in code.\n\n```rust\nlet teh = 1;\n```\n";
        let found = check(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, 3);
        assert!(found[0].1.contains("perhaps processes"), "{found:?}");
    }

    #[test]
    fn spelling_is_british() {
        assert!(check("The colour of a serialised neighbour.").is_empty());
        assert_eq!(check("The color of a serialized neighbor.").len(), 3);
    }

    #[test]
    fn terms_of_the_trade_are_no_slips() {
        let terms =
            "waitpid fork PIDs subreaper mutex futex libc nix rustc postcard getppid ptrace";
        assert_eq!(check(terms), []);
    }

    #[test]
    fn questions_are_read_too() {
        assert_eq!(check("```quiz\nHow many proccesses?\n```").len(), 1);
    }
}
