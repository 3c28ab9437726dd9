//! Files that a lesson writes where its user wants them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::{Failure, printable};

/// Creates the empty file `path`. If a file or a link of that name exists, this is an error, unless
/// `overwrite`: then it is removed first, so that nothing is written through a link. Anything else
/// that takes bytes, such as `/dev/null`, a terminal or a named pipe, is opened as it is.
///
/// # Errors
///
/// The file exists and may not be overwritten, or the system refuses it.
pub fn new_file(path: &Path, overwrite: bool) -> Result<File, Failure> {
    let failed = |error| Failure::system(format!("writing {}", printable(path)), error);
    let there = fs::symlink_metadata(path);
    if is_no_storage(path) {
        return File::options().write(true).open(path).map_err(failed);
    }
    if overwrite && there.is_ok_and(|there| !there.is_dir()) {
        fs::remove_file(path).map_err(failed)?;
    }
    File::create_new(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Other(format!(
            "{} already exists, and was left as it is\n\
             hint: choose another name, or use --overwrite",
            printable(path)
        )),
        _ => failed(error),
    })
}

/// Writes `bytes` into [`new_file`]. A file that could not be written completely is removed.
///
/// # Errors
///
/// As for [`new_file`], and if the bytes cannot be written.
pub fn write_new(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), Failure> {
    let mut file = new_file(path, overwrite)?;
    file.write_all(bytes).map_err(|error| {
        if !is_no_storage(path) {
            let _ = fs::remove_file(path);
        }
        Failure::system(format!("writing {}", printable(path)), error)
    })
}

fn is_no_storage(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Opens a file for reading and refuses anything else: a named pipe may never get a writer, and
/// a device may never end.
///
/// # Errors
///
/// It is not a file, or the system refuses it.
pub fn regular_file(path: &Path) -> io::Result<File> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    File::open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn text(failure: Failure) -> String {
        match failure {
            Failure::Other(text) => text,
            other => panic!("not the expected failure: {other:?}"),
        }
    }

    #[test]
    fn what_is_there_is_kept_until_told_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        write_new(&path, b"1", false).expect("it is new");
        let refused = text(write_new(&path, b"2", false).expect_err("it is there"));
        assert!(refused.contains("--overwrite"), "{refused}");
        assert_eq!(fs::read(&path).expect("it is there"), b"1");
        write_new(&path, b"2", true).expect("told to");
        assert_eq!(fs::read(&path).expect("it is there"), b"2");
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "precious").expect("a file");
        symlink(&target, &link).expect("a link");
        write_new(&link, b"x", false).expect_err("it is there");
        write_new(&link, b"x", true).expect("told to");
        assert_eq!(fs::read(&target).expect("it is there"), b"precious");
        assert_eq!(fs::read(&link).expect("it is there"), b"x");
    }

    #[test]
    fn a_dangling_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        symlink(&target, &link).expect("a link");
        write_new(&link, b"x", false).expect_err("it is there");
        assert!(!target.exists());
    }

    #[test]
    fn a_device_takes_bytes_and_stays() {
        write_new(Path::new("/dev/null"), b"x", false).expect("it takes everything");
        write_new(Path::new("/dev/null"), b"x", true).expect("it takes everything");
    }
}
