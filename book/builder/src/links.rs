//! Every link inside the built book leads to a file and, after `#`, to an id in it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::problem::Problem;
use crate::workspace::{Workspace, files};

/// How many links were followed, and those that lead nowhere.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) count: usize,
    pub(crate) problems: Vec<Problem>,
}

/// Follows every link of the built book.
pub(crate) fn check(out: &Path, workspace: &Workspace) -> Result<Links> {
    let texts = texts(out)?;
    let ids = ids(&texts);
    let mut links = Links::default();
    for (page, text) in &texts {
        let name = page.strip_prefix(out)?;
        // The 404 page is served from any depth; the others are chapters again.
        if matches!(name.to_str(), Some("404.html" | "index.html" | "print.html")) {
            continue;
        }
        for link in values(text, "href").chain(values(text, "src")) {
            if ["http:", "https:", "mailto:", "data:"].iter().any(|start| link.starts_with(start)) {
                continue;
            }
            links.count += 1;
            if let Some(why) = dead(page, &link, &ids) {
                let (file, line) = written(workspace, name, &link);
                links.problems.push(Problem::new(file, line, format!("{link}: {why}")));
            }
        }
    }
    Ok(links)
}

/// Follows what the exercises' checks tell their readers to read, `.see("chapter.md#heading")`.
pub(crate) fn promised(out: &Path, workspace: &Workspace, links: &mut Links) -> Result<()> {
    let texts = texts(out)?;
    let ids = ids(&texts);
    let folder = workspace.root().join("exercises/tests/checks");
    for file in files(&folder, "rs").unwrap_or_default() {
        let text = fs::read_to_string(&file)?;
        for (at, _) in text.match_indices(".see(\"") {
            let target = text[at + 6..].split('"').next().unwrap_or_default();
            let link = target.replace(".md", ".html");
            links.count += 1;
            if let Some(why) = dead(&out.join("index.html"), &link, &ids) {
                let place = workspace.relative(&file);
                let line = crate::fences::line_of(&text, at);
                links.problems.push(Problem::new(place, line, format!("{target}: {why}")));
            }
        }
    }
    Ok(())
}

/// Every page's text.
fn texts(out: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let pages = files(out, "html")?.into_iter();
    pages.map(|page| Ok((page.clone(), fs::read_to_string(page)?))).collect()
}

fn ids(texts: &BTreeMap<PathBuf, String>) -> HashMap<&Path, HashSet<String>> {
    texts.iter().map(|(page, text)| (page.as_path(), values(text, "id").collect())).collect()
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
fn written(workspace: &Workspace, page: &Path, link: &str) -> (PathBuf, usize) {
    let chapter = workspace.source().join(page.with_extension("md"));
    let text = fs::read_to_string(&chapter).unwrap_or_default();
    let (path, id) = link.split_once('#').unwrap_or((link, ""));
    let markdown = path.replace(".html", ".md");
    let has = |line: &&str| {
        let links = [&markdown, path].map(|path| format!("{path}#{id}"));
        links.iter().any(|link| line.contains(link.trim_end_matches('#')))
    };
    let line = text.lines().position(|line| has(&line)).map_or(0, |at| at + 1);
    (workspace.relative(&chapter).to_owned(), line)
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
        fs::create_dir_all(root.join("book/src")).unwrap();
        fs::write(root.join("book/src/a.md"), chapter).unwrap();
        let page = "<a href=\"b.html#one\"> <a href=\"c.html\"> <a href=\"b.html#two\"> <a href=\"https://x\">";
        fs::write(out.join("a.html"), page).unwrap();
        fs::write(out.join("b.html"), "<h2 id=\"one\">").unwrap();
        let links = check(&out, &Workspace::at(&root)).unwrap();
        assert_eq!(links.count, 3);
        let said: Vec<String> = links.problems.iter().map(ToString::to_string).collect();
        let expected = [
            "book/src/a.md:3: c.html: there is no such page",
            "book/src/a.md:5: b.html#two: there is no such id",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_a_check_tells_to_read_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let (out, checks) = (root.join("out"), root.join("exercises/tests/checks"));
        fs::create_dir(&out).unwrap();
        fs::create_dir_all(&checks).unwrap();
        fs::write(out.join("a.html"), "<h2 id=\"one\">").unwrap();
        let suite = ".see(\"a.md#one\")\n.see(\"a.md#two\")\n.see(\"b.md#one\")";
        fs::write(checks.join("x.rs"), suite).unwrap();
        let mut links = Links::default();
        promised(&out, &Workspace::at(&root), &mut links).unwrap();
        let said: Vec<String> = links.problems.iter().map(ToString::to_string).collect();
        let expected = [
            "exercises/tests/checks/x.rs:2: a.md#two: there is no such id",
            "exercises/tests/checks/x.rs:3: b.md#one: there is no such page",
        ];
        assert_eq!(said, expected);
    }
}
