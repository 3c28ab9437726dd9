//! Opens a page of the book in the reader's browser.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace::Workspace;

/// The programs that may show a page, the preferred one first.
///
/// `BROWSER` may be a list with colons, and an entry may have arguments; `%s` in one stands for the
/// page.
pub(crate) fn openers() -> Vec<Vec<String>> {
    let set = std::env::var_os("BROWSER").filter(|value| !value.is_empty());
    openers_of(set).unwrap_or_else(|| {
        let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        vec![vec![usual.to_owned()]]
    })
}

fn openers_of(browser: Option<OsString>) -> Option<Vec<Vec<String>>> {
    let browser = browser?.into_string().ok()?;
    let entries =
        browser.split(':').map(|entry| entry.split_whitespace().map(str::to_owned).collect());
    let entries: Vec<Vec<String>> =
        entries.filter(|words: &Vec<String>| !words.is_empty()).collect();
    (!entries.is_empty()).then_some(entries)
}

/// Shows a chapter, as in `fork-basics.md`, if it was built and there is a browser. Says what was
/// done, or what to do.
pub(crate) fn show_chapter(workspace: &Workspace, chapter: &str) -> String {
    let page = workspace.built_chapter(chapter);
    let source = format!("The chapter is book/src/{chapter}");
    let shown = page.display();
    if !page.is_file() {
        return format!(
            "{source}. To read it as a web page, run `cargo book` in another terminal."
        );
    }
    if !procinfo::has_display() {
        return format!("{source}, or as a web page {shown}");
    }
    match open(&page) {
        Ok(()) => format!("Opened {shown}"),
        Err(why) => format!("{source}. No browser could be started for {shown}: {why}"),
    }
}

/// Shows the page; the error is that of the last program that could not be started.
fn open(page: &Path) -> io::Result<()> {
    let mut result = Err(io::ErrorKind::NotFound.into());
    for words in openers() {
        let mut arguments: Vec<OsString> = words[1..].iter().map(OsString::from).collect();
        match arguments.iter_mut().find(|word| *word == "%s") {
            Some(place) => *place = page.into(),
            None => arguments.push(page.into()),
        }
        result = start(Command::new(&words[0]).args(arguments));
        if result.is_ok() {
            break;
        }
    }
    result
}

/// Starts a program that outlives this one. Ctrl-C does not reach its group.
fn start(command: &mut Command) -> io::Result<()> {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    std::thread::spawn(move || child.wait()); // or it stays as a zombie
    Ok(())
}

/// Whether there is such a program, by its path or in a folder of `PATH`.
pub(crate) fn is_program(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_may_be_a_list_with_arguments() {
        let of = |text: &str| openers_of(Some(text.into()));
        assert_eq!(of("firefox"), Some(vec![vec!["firefox".to_owned()]]));
        let both =
            vec![vec!["a".to_owned(), "--new".to_owned(), "%s".to_owned()], vec!["b".to_owned()]];
        assert_eq!(of("a --new %s::b"), Some(both));
        assert_eq!((of(" : "), openers_of(None)), (None, None));
    }
}
