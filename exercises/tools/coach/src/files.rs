//! Writing files so that a reader finds the old text or the new one, never a part.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Gives the file this text in one step, when all of it is on the disk. A symbolic link stays: the
/// file that it leads to is replaced. Permissions stay, too.
///
/// # Errors
///
/// The system's reason. The file is as it was then.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let file = behind_links(path)?;
    let name = file.file_name().unwrap_or_default().display();
    let new = file.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = write(&new, text)
        .and_then(|()| match fs::metadata(&file) {
            Ok(old) => fs::set_permissions(&new, old.permissions()),
            Err(_) => Ok(()), // there was none
        })
        .and_then(|()| fs::rename(&new, &file));
    if written.is_err() {
        let _ = fs::remove_file(&new); // it may not even be there
    }
    written
}

fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create(file)?;
    file.write_all(text)?;
    file.sync_data()
}

/// The file that a path leads to, which may not be there yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut file = path.to_owned();
    for _ in 0..40 {
        match fs::read_link(&file) {
            Ok(target) => file = file.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(file), // no link
        }
    }
    Err(nix::errno::Errno::ELOOP.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_stays_and_its_file_gets_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, second] = ["file", "link", "second"].map(|name| folder.path().join(name));
        symlink("file", &link).unwrap();
        symlink(&link, &second).unwrap();
        for text in ["new", "newer"] {
            replace(&second, text.as_bytes()).unwrap(); // at first it leads to nothing
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        assert!(fs::read_link(&second).is_ok() && fs::read_link(&link).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left");
    }

    #[test]
    fn links_in_a_circle_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("link", &link).unwrap();
        let loop_error = Some(nix::libc::ELOOP);
        assert_eq!(replace(&link, b"").unwrap_err().raw_os_error(), loop_error);
    }
}
