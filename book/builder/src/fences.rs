//! Fenced blocks of a chapter: finding them, and putting something else in their place.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

/// A fenced block at the left margin of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence<'a> {
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// The first word of the info string.
    pub language: &'a str,
    /// What follows it, split at commas: `name=value`, or `name` with an empty value.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// The lines between the fences, each with its newline.
    pub body: &'a str,
    /// Where the block with its fences lies in the text.
    pub range: Range<usize>,
}

impl<'a> Fence<'a> {
    /// The value of an attribute, if it is there.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    fn new(text: &'a str, range: Range<usize>) -> Self {
        let block = &text[range.clone()];
        let (opening, rest) = block.split_once('\n').unwrap_or((block, ""));
        let info = opening.trim_start_matches(['`', '~']);
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default();
        let attributes = words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect();
        let body = match rest.trim_end().rfind('\n') {
            Some(end) => &rest[..=end],
            None => "", // a fence directly below the other
        };
        Fence { line: line_of(text, range.start), language, attributes, body, range }
    }
}

/// The fenced blocks of `text` that start at the left margin, in order. Those inside of a list
/// or a quotation are no business of ours: they are shown as they stand.
pub fn fences(text: &str) -> Vec<Fence<'_>> {
    let events = Parser::new(text).into_offset_iter();
    let blocks = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => Some(range),
        _ => None,
    });
    let at_margin =
        blocks.filter(|range| text[..range.start].chars().last().is_none_or(is_newline));
    at_margin.map(|range| Fence::new(text, range)).collect()
}

/// `text` with each fence replaced by what `replacement` gives, or left alone for `None`.
pub(crate) fn replace(
    text: &str,
    mut replacement: impl FnMut(&Fence<'_>) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for fence in fences(text) {
        if let Some(new) = replacement(&fence) {
            out.push_str(&text[copied..fence.range.start]);
            out.push_str(&new);
            copied = fence.range.end;
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// The number of the line, from 1, in which the byte `at` lies.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn is_newline(c: char) -> bool {
    c == '\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Title

```console,order=any,skip=needs a terminal
$ true
```

- item

  ```console
  $ inside a list
  ```

````quiz
```rust
x
```
````
";

    #[test]
    fn a_fence_knows_its_place_its_words_and_its_body() {
        let found = fences(TEXT);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].language), (3, "console"));
        assert_eq!(found[0].attribute("order"), Some("any"));
        assert_eq!(found[0].attribute("skip"), Some("needs a terminal"));
        assert_eq!(found[0].attribute("exit"), None);
        assert_eq!(found[0].body, "$ true\n");
        assert_eq!(found[1].body, "```rust\nx\n```\n");
    }

    #[test]
    fn what_is_not_replaced_stays() {
        let new = replace(TEXT, |fence| (fence.language == "quiz").then(|| "Q\n".to_owned()));
        assert!(new.ends_with("  ```\n\nQ\n\n") || new.ends_with("  ```\n\nQ\n"), "{new}");
        assert!(new.starts_with(&TEXT[..100]));
    }

    #[test]
    fn an_empty_block_has_an_empty_body() {
        assert_eq!(fences("```console\n```\n")[0].body, "");
    }
}
