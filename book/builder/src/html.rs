//! Small pieces of HTML.

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
