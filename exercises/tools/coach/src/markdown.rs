//! Hints and discussions are Markdown; a terminal shows them as text.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::text::{Paint, wrap};

/// The text, with lines of at most `width` columns; code keeps its lines.
pub(crate) fn render(markdown: &str, paint: Paint, width: usize) -> String {
    let mut page = Page { paint, width, out: String::new(), line: String::new(), fence: None };
    Parser::new(markdown).for_each(|event| page.take(event));
    page.out.trim_end().to_owned() + "\n"
}

struct Page {
    paint: Paint,
    width: usize,
    out: String,
    /// The paragraph so far.
    line: String,
    /// In a block of code; `false` if it is not shown.
    fence: Option<bool>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                // A quote from a source file, which the book puts in.
                let quote = matches!(&kind, CodeBlockKind::Fenced(info) if info.contains(",from="));
                self.fence = Some(!quote);
            }
            Event::End(TagEnd::CodeBlock) => {
                let end = if self.fence.take() == Some(true) { "\n" } else { "" };
                self.out.push_str(end);
            }
            Event::Text(code) if self.fence.is_some() => self.code(&code),
            Event::Text(text) => self.line.push_str(&text),
            // Without colours, the marks are what tells code from prose.
            Event::Code(code) if !self.paint.on => self.line.push_str(&format!("`{code}`")),
            Event::Code(code) => self.line.push_str(&self.paint.code(&code)),
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Start(Tag::Item) => self.line.push_str("- "),
            Event::Start(Tag::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, .. }) => {
                self.out.push('\n');
            }
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_)) => self.paragraph("\n\n"),
            Event::End(TagEnd::Item) => self.paragraph("\n"),
            Event::End(TagEnd::List(_)) => self.out.push('\n'),
            _ => {}
        }
    }

    fn paragraph(&mut self, end: &str) {
        if !self.line.is_empty() {
            self.out.push_str(&wrap(&self.line, self.width));
            self.out.push_str(end);
            self.line.clear();
        }
    }

    fn code(&mut self, code: &str) {
        if self.fence == Some(true) {
            let lines = code.lines();
            self.out.extend(lines.map(|line| format!("    {}\n", self.paint.code(line))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint { on: false };

    #[test]
    fn prose_is_filled_and_code_is_not() {
        let text = "One `two`\nthree.\n\n```rust\nlet a = 1; // a long line of code\n```\n";
        let shown = "One `two`\nthree.\n\n    let a = 1; // a long line of code\n";
        assert_eq!(render(text, PLAIN, 10), shown);
    }

    #[test]
    fn links_and_bold_are_their_words_and_quoted_files_are_left_out() {
        let text = "**Bold** [link](a.md).\n\n```rust,from=fn a\n{{#include a.rs}}\n```\n\nEnd.\n";
        assert_eq!(render(text, PLAIN, 80), "Bold link.\n\nEnd.\n");
    }
}
