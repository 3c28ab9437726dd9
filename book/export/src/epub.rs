//! The book as EPUB 3 (<https://www.w3.org/TR/epub-33/>).

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, RcDom};

use crate::archive::Archive;
use crate::xhtml::{self, Writer, attribute, escape, has_class, name};

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"#;

/// How a page of the EPUB begins.
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
"#;

/// A file of the EPUB: a chapter, or the answers, hints or references at the end.
struct Chapter {
    file: String,
    title: String,
    nodes: Vec<Handle>,
    /// Sections with their ids.
    sections: Vec<(String, String)>,
}

/// Writes the book that was built in `folder`.
///
/// # Errors
///
/// If the page with all chapters cannot be read, is not as mdBook writes it, or the file cannot be
/// written.
pub(crate) fn write(folder: &Path, file: &Path) -> Result<()> {
    let page = folder.join("print.html");
    let html = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let document = parse(&html);
    let title = find(&document, "title").map(|title| xhtml::text(&title)).unwrap_or_default();
    let main = find(&document, "main").context("print.html has no <main>")?;
    let chapters = chapters(&main);
    let addresses = addresses(&chapters);
    let mut archive = Archive::new(file)?;
    // It is the first and not compressed, so that the file's kind is seen (EPUB 3.3, 4.2.2).
    archive.add_stored("mimetype", b"application/epub+zip")?;
    archive.add("META-INF/container.xml", CONTAINER.as_bytes())?;
    archive.add("book/style.css", include_bytes!("epub.css"))?;
    archive.add("book/contents.xhtml", contents(&chapters, title.trim()).as_bytes())?;
    let mut pictures = BTreeSet::new();
    for chapter in &chapters {
        let text = chapter_page(chapter, &addresses);
        if text.contains("<svg") {
            pictures.insert(chapter.file.clone());
        }
        archive.add(&format!("book/{}", chapter.file), text.as_bytes())?;
    }
    let package = package(&chapters, title.trim(), &pictures, &modified());
    archive.add("book/package.opf", package.as_bytes())?;
    archive.finish()
}

/// A page as a tree.
pub(crate) fn parse(html: &str) -> Handle {
    let dom = html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default());
    dom.one(html).document
}

/// The first element of a name.
pub(crate) fn find(node: &Handle, wanted: &str) -> Option<Handle> {
    if name(node) == Some(wanted) {
        return Some(node.clone());
    }
    node.children.borrow().iter().find_map(|child| find(child, wanted))
}

/// The chapters: each begins with a heading of the first level, or is one of the parts at the end.
fn chapters(main: &Handle) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for node in main.children.borrow().iter() {
        let part = has_class(node, "endings");
        if name(node) == Some("h1") || part {
            let heading = find(node, "h1").unwrap_or_else(|| node.clone());
            let file = format!("chapter-{:02}.xhtml", chapters.len() + 1);
            let title = xhtml::text(&heading).trim().to_owned();
            chapters.push(Chapter { file, title, nodes: Vec::new(), sections: Vec::new() });
        }
        let Some(chapter) = chapters.last_mut() else { continue }; // the printed contents
        if let (Some("h2"), Some(id)) = (name(node), attribute(node, "id")) {
            chapter.sections.push((id, xhtml::text(node).trim().to_owned()));
        }
        let divider = attribute(node, "style").is_some_and(|style| style.contains("break-before"));
        if !divider {
            chapter.nodes.push(node.clone());
        }
    }
    chapters
}

/// In which file each id is.
fn addresses(chapters: &[Chapter]) -> HashMap<String, String> {
    let mut all = HashMap::new();
    for chapter in chapters {
        let mut ids = BTreeSet::new();
        chapter.nodes.iter().for_each(|node| xhtml::ids(node, &mut ids));
        all.extend(ids.into_iter().map(|id| (id, chapter.file.clone())));
    }
    all
}

fn chapter_page(chapter: &Chapter, addresses: &HashMap<String, String>) -> String {
    let address = |id: &str| Some(format!("{}#{}", addresses.get(id)?, xhtml::id(id)));
    let mut writer = Writer { address: &address, out: String::new() };
    chapter.nodes.iter().for_each(|node| writer.node(node));
    let (title, body) = (escape(&chapter.title), writer.out);
    format!(
        "{HEAD}<head><title>{title}</title><link rel=\"stylesheet\" href=\"style.css\"/></head>\n\
         <body>{body}</body></html>\n"
    )
}

/// The page with the contents, which readers show in a menu too.
fn contents(chapters: &[Chapter], title: &str) -> String {
    let mut list = String::new();
    for Chapter { file, title, sections, .. } in chapters {
        let _ = write!(list, "<li><a href=\"{file}\">{}</a>", escape(title));
        if !sections.is_empty() {
            let entry = |(id, title): &(String, String)| {
                format!("<li><a href=\"{file}#{}\">{}</a></li>", xhtml::id(id), escape(title))
            };
            let _ = write!(list, "<ol>{}</ol>", sections.iter().map(entry).collect::<String>());
        }
        list.push_str("</li>\n");
    }
    let title = escape(title);
    format!(
        "{HEAD}<head><title>{title}</title><link rel=\"stylesheet\" href=\"style.css\"/></head>\n\
         <body><h1>{title}</h1><nav epub:type=\"toc\"><h2>Contents</h2><ol>{list}</ol></nav></body></html>\n"
    )
}

/// What the EPUB consists of.
fn package(
    chapters: &[Chapter],
    title: &str,
    pictures: &BTreeSet<String>,
    modified: &str,
) -> String {
    let (mut items, mut order) = (String::new(), String::new());
    for Chapter { file, .. } in chapters {
        let id = file.trim_end_matches(".xhtml");
        let svg = if pictures.contains(file) { " properties=\"svg\"" } else { "" };
        let _ = writeln!(
            items,
            "    <item id=\"{id}\" href=\"{file}\" media-type=\"application/xhtml+xml\"{svg}/>"
        );
        let _ = writeln!(order, "    <itemref idref=\"{id}\"/>");
    }
    let title = escape(title);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="id">urn:x-book:parallel-processing-in-rust-using-fork</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:language>en-GB</dc:language>
    <meta property="dcterms:modified">{modified}</meta>
  </metadata>
  <manifest>
    <item id="contents" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    <item id="style" href="style.css" media-type="text/css"/>
{items}  </manifest>
  <spine>
    <itemref idref="contents"/>
{order}  </spine>
</package>
"#
    )
}

/// The time now as the package wants it; or that of `SOURCE_DATE_EPOCH`, with which the same book
/// gives the same file (<https://reproducible-builds.org/specs/source-date-epoch/>).
fn modified() -> String {
    let set = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date(set.unwrap_or_else(now))
}

/// Seconds since 1970 as a date with a time (Howard Hinnant, `civil_from_days`).
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_that_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(951_782_400 + 86_399), "2000-02-29T23:59:59Z");
        assert_eq!(date(1_798_761_600), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn chapters_are_files_whose_links_find_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let page = "<title>T</title><main><nav>printed contents</nav><h1 id=\"a\">A</h1><p>\
                    <a href=\"#b2\">to b</a></p><div style=\"break-before: page;\"></div>\
                    <h1 id=\"b\">B</h1><h2 id=\"b2\">B, 2</h2><p>text</p>\
                    <section class=\"endings\"><h1 id=\"e\">Answers</h1></section></main>";
        fs::write(folder.path().join("print.html"), page).unwrap();
        let file = folder.path().join("book.epub");
        write(folder.path(), &file).unwrap();
        let mut zip = zip::ZipArchive::new(fs::File::open(&file).unwrap()).unwrap();
        assert_eq!(zip.by_index(0).unwrap().name().unwrap(), "mimetype");
        let mut text = |name: &str| std::io::read_to_string(zip.by_name(name).unwrap()).unwrap();
        assert!(text("book/chapter-01.xhtml").contains("<a href=\"chapter-02.xhtml#b2\">to b</a>"));
        assert!(!text("book/chapter-01.xhtml").contains("printed contents"));
        let contents = text("book/contents.xhtml");
        assert!(contents.contains("<a href=\"chapter-02.xhtml#b2\">B, 2</a>"), "{contents}");
        assert!(contents.contains("<a href=\"chapter-03.xhtml\">Answers</a>"), "{contents}");
        assert!(text("book/package.opf").contains("<dc:title>T</dc:title>"));
    }
}
