//! Saved by one run, loaded by another.

use std::ffi::OsString;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use lesson_cli::{Failure, say};

use crate::format::Format;
use crate::voyage::{Answer, Voyage};

/// A file, and the format that its name says.
pub(crate) struct DataFile {
    path: PathBuf,
    format: Format,
}

impl DataFile {
    /// A usage error unless the name ends in one of the three ways.
    pub(crate) fn named(name: OsString) -> Result<Self, Failure> {
        let path = PathBuf::from(name);
        let extension = path.extension().unwrap_or_default();
        match Format::ALL.into_iter().find(|format| extension == format.extension()) {
            Some(format) => Ok(DataFile { path, format }),
            None => Err(Failure::Usage(format!(
                "'{}' says no format: end it in .json, .msgpack or .postcard",
                path.display()
            ))),
        }
    }

    pub(crate) fn save(&self, voyage: &Voyage) -> Result<(), Failure> {
        let bytes = self.format.encode(voyage);
        std::fs::write(&self.path, &bytes)
            .map_err(|error| Failure::system(format!("saving {self}"), error))?;
        say!("Saved to {self} as {}: {} bytes.", self.format, bytes.len());
        Ok(())
    }

    /// Reads the file, and compares it with what [`DataFile::save`] writes.
    pub(crate) fn load(&self, expected: &Voyage) -> Result<(), Failure> {
        let bytes = std::fs::read(&self.path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::Other(format!(
                "loading {self} failed: there is no such file\nhint: write it first with --save"
            )),
            _ => Failure::system(format!("loading {self}"), error),
        })?;
        let loaded: Voyage = self.format.decode(&bytes).map_err(|error| {
            Failure::Other(format!(
                "{self} holds no voyage: {error}\n\
                 hint: it was cut short, damaged, or is no {} at all; write it anew with --save",
                self.format
            ))
        })?;
        say!("Loaded from {self} as {}: {} bytes.", self.format, bytes.len());
        let same = if loaded == *expected { "exactly what" } else { "NOT what" };
        let answer = Answer::to(loaded, "this process".to_owned());
        answer.say();
        say!("It is {same} --save writes.");
        Ok(())
    }
}

impl fmt::Display for DataFile {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.path.display().fmt(f)
    }
}
