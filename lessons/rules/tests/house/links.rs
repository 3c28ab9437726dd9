//! Every link between the repository's own pages leads to a file. (The builder of the book checks
//! the links of its chapters.)

use std::path::Path;

use pulldown_cmark::{Event, Parser, Tag};

use crate::tree;

/// The links and pictures of a page that lead to files, without `#…`.
fn targets(page: &str) -> Vec<String> {
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            vec![dest_url.into_string()]
        }
        Event::Html(html) | Event::InlineHtml(html) => attributes(&html),
        _ => Vec::new(),
    };
    let links = Parser::new(page).flat_map(link);
    let files = links.filter(|link| !link.contains("://") && !link.starts_with(['#', '<']));
    files.filter_map(|link| Some(link.split('#').next()?.to_owned())).collect()
}

/// The values of `src`, `srcset` and `href` in a piece of HTML.
fn attributes(html: &str) -> Vec<String> {
    let values = ["src=\"", "srcset=\"", "href=\""].map(|name| html.split(name).skip(1));
    let value = |rest: &str| rest.split('"').next().unwrap_or_default().to_owned();
    values.into_iter().flatten().map(value).collect()
}

/// The links of the page that lead nowhere.
fn broken(page: &str, folder: &Path) -> Vec<String> {
    targets(page).into_iter().filter(|target| !folder.join(target).exists()).collect()
}

#[test]
fn every_link_of_a_page_leads_to_a_file() {
    let mut found = Vec::new();
    let is_page = |file: &String| file.ends_with(".md") && !file.starts_with("book/src/");
    for file in tree::our_files().filter(is_page) {
        let path = tree::root().join(&file);
        let folder = path.parent().expect("a file is in a folder");
        let text = tree::text(&file).expect("a page is text");
        found.extend(broken(&text, folder).iter().map(|target| format!("{file}: {target}")));
    }
    tree::assert_none("every link leads to a file", &found);
}

#[test]
fn a_broken_link_is_found() {
    let page = "[a](Cargo.toml) [b](src/none.rs#part) [c](https://none.example) [d](#part)\n\
        <img src=\"none.svg\"> `[code](none)` ![e](none.png)\n\n```md\n[f](none)\n```\n";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(broken(page, folder), ["src/none.rs", "none.svg", "none.png"]);
}

/// The rows ``| what | `words` | [file](file) |`` of a page: the words, and the file that has them.
fn places(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.lines().filter_map(|row| {
        let (_, rest) = row.strip_prefix("| ")?.split_once(" | `")?;
        let (words, link) = rest.split_once("` | [")?;
        Some((words, link.split_once("](")?.1.strip_suffix(") |")?))
    })
}

#[test]
fn the_table_of_places_is_true() {
    let page = tree::text("CONTRIBUTING.md").expect("a page");
    assert!(places(&page).count() >= 10, "the table has another shape");
    let wrong = places(&page).filter(|(words, file)| {
        let text = std::fs::read_to_string(tree::root().join(file));
        !text.is_ok_and(|text| text.contains(words))
    });
    let wrong: Vec<String> = wrong.map(|(words, file)| format!("{words} in {file}")).collect();
    tree::assert_none("CONTRIBUTING.md says where each thing is", &wrong);

    let row = "| the colour of a zombie | `--zombie` | [a.css](a.css) |";
    assert_eq!(places(row).collect::<Vec<_>>(), [("--zombie", "a.css")]);
}
