//! Zip archives.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive that is being written. It appears under its name when it is complete.
pub(crate) struct Archive {
    zip: ZipWriter<File>,
    unfinished: PathBuf,
    file: PathBuf,
}

impl Archive {
    /// A new archive.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub(crate) fn new(file: &Path) -> Result<Self> {
        let unfinished = file.with_extension(format!("{}.part", std::process::id()));
        let zip = ZipWriter::new(File::create(&unfinished)?);
        Ok(Archive { zip, unfinished, file: file.to_owned() })
    }

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write(name, bytes, CompressionMethod::Deflated)
    }

    /// Adds a file as it is, which some formats ask for.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn add_stored(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write(name, bytes, CompressionMethod::Stored)
    }

    fn write(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> Result<()> {
        self.zip.start_file(name, SimpleFileOptions::default().compression_method(method))?;
        self.zip.write_all(bytes)?;
        Ok(())
    }

    /// Ends the archive.
    ///
    /// # Errors
    ///
    /// If it cannot be written to its end.
    pub(crate) fn finish(self) -> Result<()> {
        self.zip.finish()?;
        fs::rename(&self.unfinished, &self.file)?;
        Ok(())
    }
}

/// Packs a folder, under its own name.
///
/// # Errors
///
/// If a file cannot be read or the archive not be written.
pub(crate) fn pack(folder: &Path, file: &Path) -> Result<()> {
    let mut archive = Archive::new(file)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for path in files(folder)? {
        let inside = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        archive.add(&format!("{name}/{inside}"), &bytes)?;
    }
    archive.finish()
}

/// All files in a folder and those below, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut folders, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_packed_with_what_lies_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path().join("book");
        fs::create_dir_all(book.join("in")).unwrap();
        fs::write(book.join("in/a.html"), "page").unwrap();
        let file = folder.path().join("book.zip");
        pack(&book, &file).unwrap();
        let mut zip = zip::ZipArchive::new(File::open(&file).unwrap()).unwrap();
        assert_eq!(zip.len(), 1);
        let text = std::io::read_to_string(zip.by_name("book/in/a.html").unwrap()).unwrap();
        assert_eq!(text, "page");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished stays");
    }
}
