//! The book on paper: Chromium prints the page that holds all chapters.
//!
//! It is printed twice. The first time shows on which page each heading lies, the second time the
//! contents say so.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::build::build;
use crate::printed;
use crate::workspace::Workspace;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The numbers in the contents may move the text only a little; after this many prints they stand.
const PRINTS: usize = 4;

/// Builds the book and prints it. Gives the file.
///
/// # Errors
///
/// If the book does not build, or there is no Chromium here, or it cannot print.
pub fn pdf(workspace: &Workspace) -> Result<PathBuf> {
    let browser = browser()?;
    let built = build(workspace)?;
    let page = built.out.join("print.html");
    let text = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let file = built.out.with_file_name("book.pdf");
    // Beside the book's own pages, where its styles and pictures are found.
    let numbered =
        tempfile::Builder::new().prefix("print-").suffix(".html").tempfile_in(&built.out)?;
    let mut pages = HashMap::new();
    for _ in 0..PRINTS {
        fs::write(&numbered, printed::with_numbers(&text, |id| pages.get(id).copied()))?;
        print(browser, numbered.path(), &file)?;
        let now = pages_of_ids(&fs::read(&file).with_context(|| file.display().to_string())?);
        ensure!(!now.is_empty(), "{browser} does not say where the headings are");
        if now == pages {
            return Ok(file);
        }
        pages = now;
    }
    bail!("the pages' numbers do not come to rest")
}

/// The first browser that is here.
fn browser() -> Result<&'static str> {
    let found = BROWSERS.into_iter().find(|browser| {
        let mut asked = Command::new(browser);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    });
    found.with_context(|| {
        format!(
            "printing needs Chromium or Chrome, and none of {} is here; \
             `cargo book` and the browser's own printing do as well, without page numbers in the contents",
            BROWSERS.join(", ")
        )
    })
}

fn print(browser: &str, page: &Path, file: &Path) -> Result<()> {
    let profile = tempfile::tempdir()?;
    let mut print = Command::new(browser);
    print.args(["--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"]);
    print.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    print.arg("--generate-pdf-document-outline");
    print.args(nix::unistd::geteuid().is_root().then_some("--no-sandbox")); // root has none
    print.arg(format!("--user-data-dir={}", profile.path().display()));
    print.arg(format!("--print-to-pdf={}", file.display()));
    print.arg(address(page));
    let _ = fs::remove_file(file); // so that an old one is not taken for a new one
    let printed = print.stdin(Stdio::null()).output().with_context(|| browser.to_owned())?;
    // It reports success even if it has written nothing.
    ensure!(
        printed.status.success() && file.exists(),
        "{browser} could not print the book ({}):\n{}",
        printed.status,
        String::from_utf8_lossy(&printed.stderr)
    );
    Ok(())
}

/// A file's address, whatever characters are in its path.
fn address(file: &Path) -> String {
    const ESCAPED: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    use std::os::unix::ffi::OsStrExt;
    format!("file://{}", percent_encoding::percent_encode(file.as_os_str().as_bytes(), ESCAPED))
}

/// On which page each id lies to which a link leads.
///
/// Chromium writes a page as `N 0 obj <</Type /Page …`, in the order of the pages, and the places
/// that links lead to as `/ID [N 0 R /XYZ …]`.
fn pages_of_ids(pdf: &[u8]) -> HashMap<String, usize> {
    let text = String::from_utf8_lossy(pdf);
    let objects = text.match_indices(" 0 obj\n<</Type /Page\n").filter_map(|(at, _)| {
        let digits = text[..at].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |before| before + 1);
        text.get(digits..at)?.parse::<u32>().ok()
    });
    let numbers: HashMap<u32, usize> = objects.zip(1..).collect();
    let places = text.match_indices(" 0 R /XYZ ").filter_map(|(at, _)| {
        let (name, object) = text[..at].rsplit_once(" [")?;
        let name = name.rsplit_once('/')?.1;
        Some((unescaped(name), *numbers.get(&object.parse().ok()?)?))
    });
    places.collect()
}

/// A name in a PDF, in which `#2e` is a full stop (PDF 1.7, 7.3.5).
fn unescaped(name: &str) -> String {
    percent_encoding::percent_decode_str(&name.replace('#', "%")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_tells_on_which_page_a_heading_is() {
        let pdf = "%PDF\n2 0 obj\n<</Type /Page\n/X 1>>\nendobj\n8 0 obj\n<</Type /Page\n>>\nendobj\n\
                   13 0 obj\n<</Type /Pages\n/Kids [2 0 R 8 0 R]>>\nendobj\n14 0 obj\n\
                   <</one-x [2 0 R /XYZ 6 776.25 0]\n/caf#C3#A9_2 [8 0 R /XYZ 6 1 0]>>\nendobj\n";
        let pages = pages_of_ids(pdf.as_bytes());
        assert_eq!(pages.len(), 2);
        assert_eq!((pages["one-x"], pages["café_2"]), (1, 2));
    }

    #[test]
    fn an_address_has_no_bare_space_or_hash() {
        assert_eq!(address(Path::new("/a b/c#d.html")), "file:///a%20b/c%23d.html");
    }
}
