//! Small repairs of the pages that mdBook wrote, and what must not be in its search index.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::printed;
use crate::workspace::files;

/// What is put in place of which marker.
pub(crate) type Folds = BTreeMap<String, String>;

/// Stands in a chapter for text that the page search must not find. It is a comment, which mdBook
/// keeps in the page and leaves out of the index.
pub(crate) fn marker(key: &str) -> String {
    format!("<!--fold:{key}-->")
}

/// What is replaced, once on each page, by what, and why.
const REPAIRS: &[(&str, &str)] = &[
    // A label is no control: the keyboard does not reach it and it may not carry `aria-expanded`.
    (
        "<label id=\"mdbook-sidebar-toggle\" class=\"icon-button\" for=\"mdbook-sidebar-toggle-anchor\"",
        "<button type=\"button\" id=\"mdbook-sidebar-toggle\" class=\"icon-button\"",
    ),
    (
        "</label>\n                        <button id=\"mdbook-theme-toggle\"",
        "</button>\n                        <button id=\"mdbook-theme-toggle\"",
    ),
    // The bar with the book's title lies in no landmark.
    ("<div id=\"mdbook-menu-bar\" class=", "<div id=\"mdbook-menu-bar\" role=\"banner\" class="),
    // The book's title is not this page's heading.
    ("<h1 class=\"menu-title\">", "<p class=\"menu-title\">"),
    // It names an id that mdBook's pages do not have.
    ("aria-describedby=\"searchresults-header\"", "aria-label=\"Search this book\""),
];

/// Repairs every page in the folder `out` and puts the folds in their places.
pub(crate) fn postprocess(out: &Path, folds: &Folds) -> Result<()> {
    for file in files(out, "html")? {
        let mut text = fs::read_to_string(&file)?;
        if !text.contains("id=\"mdbook-menu-bar\"") {
            continue; // toc.html
        }
        for (old, new) in REPAIRS {
            let count = text.matches(old).count();
            if count != 1 {
                bail!("{}: mdBook's page has changed: {count} times {old:?}", file.display());
            }
            text = text.replacen(old, new, 1);
        }
        let title = text.find("<p class=\"menu-title\">").context("the book's title")?;
        let end = title + text[title..].find("</h1>").context("the end of the book's title")?;
        text.replace_range(end..end + "</h1>".len(), "</p>");
        if text.contains("<figure class=\"timeline\"") {
            let style = format!("<style>{}</style>\n</head>", timeline::svg::css());
            text = text.replacen("</head>", &style, 1);
        }
        let print = file.file_name().is_some_and(|name| name == "print.html");
        fs::write(&file, with_folds(text, folds, print))?;
    }
    Ok(())
}

/// On paper nothing can be opened, so what is folded has another place there.
fn with_folds(mut text: String, folds: &Folds, print: bool) -> String {
    for (key, html) in folds {
        text = text.replace(&marker(key), html);
    }
    if print { printed::arrange(&text) } else { text }
}
