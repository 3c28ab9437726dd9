//! The built book, held in memory: one state of it, complete, whatever happens to the files.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What a page does when the book has been built anew, or could not be.
const RELOAD: &str = include_str!("reload.html");

/// A file of the book as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its media type.
    pub(crate) kind: &'static str,
    /// What is in it.
    pub(crate) bytes: hyper::body::Bytes,
}

/// All files of a built book by their paths, as in `exercises/many_forks.html`.
#[derive(Debug, Default)]
pub(crate) struct Site(HashMap<String, File>);

impl Site {
    /// Reads the folder `out`. Each page is told that it belongs to the state `version`, so that it
    /// can ask for what comes after that.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub(crate) fn load(out: &Path, version: u64) -> Result<Self> {
        let reload = RELOAD.replace("VERSION", &version.to_string());
        let (mut folders, mut found) = (vec![out.to_owned()], HashMap::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(out)?.to_string_lossy().into_owned();
                let mut bytes = fs::read(&path).with_context(|| path.display().to_string())?;
                let kind = kind(&path);
                if kind.starts_with("text/html") {
                    bytes.extend_from_slice(reload.as_bytes());
                }
                found.insert(name, File { kind, bytes: bytes.into() });
            }
        }
        Ok(Site(found))
    }

    /// The file for a path without its first slash; a folder stands for the `index.html` in it.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.0.get(path).or_else(|| {
            let folder = path.trim_end_matches('/');
            let index = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            self.0.get(&(index + "index.html"))
        })
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_its_index() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/index.html"), "in a").unwrap();
        fs::write(folder.path().join("index.html"), "first").unwrap();
        fs::write(folder.path().join("x.css"), "style").unwrap();
        let site = Site::load(folder.path(), 7).unwrap();
        let text = |path| site.file(path).map(|file| String::from_utf8_lossy(&file.bytes));
        assert!(text("").unwrap().starts_with("first<script>"));
        assert!(text("").unwrap().contains("let seen = 7;"));
        assert_eq!(text("a"), text("a/"));
        assert_eq!(text("x.css").unwrap(), "style");
        assert_eq!(text("../x.css"), None);
    }
}
