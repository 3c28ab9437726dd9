//! Spelling, by the word lists of `typos` (<https://github.com/crate-ci/typos>), in British
//! English.
//!
//! It knows wrong spellings instead of right ones. So it needs no dictionary beside the program,
//! works offline wherever cargo does, and a new term of the trade needs no entry in a list. What it
//! misses is a slip so rare that nobody has collected it.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use typos::tokens::{Case, Identifier, Tokenizer, Word};
use typos::{Dictionary, Status};
use typos_vars::Category;
use unicase::UniCase;

/// Each misspelt word with its line and what it might be.
pub(crate) fn check(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for range in prose(markdown) {
        let start = range.start;
        let text = &markdown[range];
        for typo in typos::check_str(text, &Tokenizer::new(), &British) {
            let line = crate::fences::line_of(markdown, start + typo.byte_offset);
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

/// How many words of prose there are, which a reader has to read.
pub(crate) fn words(markdown: &str) -> usize {
    let (mut count, mut in_code) = (0, false);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code => count += text.split_whitespace().count(),
            Event::Code(_) if !in_code => count += 1,
            _ => {}
        }
    }
    count
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

    #[test]
    fn words_are_those_of_the_prose() {
        assert_eq!(words("# Two words\n\nand `code`.\n\n```\nnot counted\n```\n"), 5);
    }
}
