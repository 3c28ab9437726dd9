//! Every link inside the built book leads to a file and, after `#`, to an id in it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::problem::Problem;

/// How many links there are, and those that lead nowhere. `source` is the folder with the
/// chapters, where the complaint's line is looked for.
pub(crate) fn check(out: &Path, root: &Path, source: &Path) -> Result<(usize, Vec<Problem>)> {
    let pages = crate::polish::pages(out)?;
    let mut texts = HashMap::new();
    for page in &pages {
        texts.insert(page.clone(), fs::read_to_string(page)?);
    }
    let ids: HashMap<&Path, HashSet<String>> =
        texts.iter().map(|(page, text)| (page.as_path(), values(text, "id").collect())).collect();
    let (mut count, mut problems) = (0, Vec::new());
    for page in &pages {
        let name = page.strip_prefix(out)?;
        // The 404 page is served from any depth; the others are chapters again.
        if matches!(name.to_str(), Some("404.html" | "index.html" | "print.html")) {
            continue;
        }
        for link in values(&texts[page], "href").chain(values(&texts[page], "src")) {
            if ["http:", "https:", "mailto:", "data:"].iter().any(|start| link.starts_with(start)) {
                continue;
            }
            count += 1;
            if let Some(why) = dead(page, &link, &ids) {
                let (file, line) = written(root, source, name, &link);
                problems.push(Problem::new(file, line, format!("{link}: {why}")));
            }
        }
    }
    Ok((count, problems))
}

/// Why a link leads nowhere, if it does.
fn dead(page: &Path, link: &str, ids: &HashMap<&Path, HashSet<String>>) -> Option<&'static str> {
    let (path, id) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.parent().unwrap_or(page);
    let mut target = if path.is_empty() { page.to_owned() } else { folder.join(path) };
    if target.is_dir() {
        target.push("index.html");
    }
    let Ok(target) = target.canonicalize() else { return Some("there is no such page") };
    if id.is_empty() || ids.get(target.as_path()).is_some_and(|ids| ids.contains(id)) {
        return None;
    }
    Some("there is no such id")
}

/// The chapter and the line in which the link was written, as far as that can be found.
fn written(root: &Path, source: &Path, page: &Path, link: &str) -> (PathBuf, usize) {
    let chapter = source.join(page.with_extension("md"));
    let text = fs::read_to_string(&chapter).unwrap_or_default();
    let (path, id) = link.split_once('#').unwrap_or((link, ""));
    let markdown = path.replace(".html", ".md");
    let has = |line: &&str| {
        let links = [&markdown, path].map(|path| format!("{path}#{id}"));
        links.iter().any(|link| line.contains(link.trim_end_matches('#')))
    };
    let line = text.lines().position(|line| has(&line)).map_or(0, |at| at + 1);
    (chapter.strip_prefix(root).unwrap_or(&chapter).to_owned(), line)
}

/// The values of an attribute in a page. mdBook writes attributes with double quotes.
fn values(html: &str, name: &str) -> impl Iterator<Item = String> {
    let mark = format!(" {name}=\"");
    let starts: Vec<usize> = html.match_indices(&mark).map(|(at, _)| at + mark.len()).collect();
    starts.into_iter().filter_map(|start| {
        let value = html[start..].split('"').next()?;
        Some(value.replace("&amp;", "&"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_and_ids_are_found_with_the_line_they_were_written_in() {
        let folder = tempfile::tempdir().unwrap();
        let (root, out) = (folder.path().canonicalize().unwrap(), folder.path().join("out"));
        fs::create_dir(&out).unwrap();
        let out = out.canonicalize().unwrap();
        let chapter = "[good](b.md#one)\n\n[no page](c.md)\n\n[no id](b.md#two)\n";
        fs::write(root.join("a.md"), chapter).unwrap();
        let page = "<a href=\"b.html#one\"> <a href=\"c.html\"> <a href=\"b.html#two\"> <a href=\"https://x\">";
        fs::write(out.join("a.html"), page).unwrap();
        fs::write(out.join("b.html"), "<h2 id=\"one\">").unwrap();
        let (count, problems) = check(&out, &root, &root).unwrap();
        assert_eq!(count, 3);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected =
            ["a.md:3: c.html: there is no such page", "a.md:5: b.html#two: there is no such id"];
        assert_eq!(said, expected);
    }
}
