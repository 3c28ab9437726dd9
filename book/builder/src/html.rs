//! Markdown: small pieces of it as HTML, and how much of it there is to read.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// `text` as it may stand in HTML, also inside of an attribute.
pub(crate) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// Markdown as HTML.
pub(crate) fn markdown(text: &str) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, Parser::new_ext(text, Options::all()));
    html
}

/// One paragraph of Markdown as HTML, without the paragraph around it.
pub(crate) fn inline(text: &str) -> String {
    let events = Parser::new_ext(text, Options::ENABLE_SMART_PUNCTUATION).filter(|event| {
        !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html.trim_end().to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_prose() {
        assert_eq!(words("# Two words\n\nand `code`.\n\n```\nnot counted\n```\n"), 5);
    }
}
