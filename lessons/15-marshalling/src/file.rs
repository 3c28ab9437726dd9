//! A structure saved by one run and loaded by another.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use lesson_cli::{Failure, printable, regular_file, say, write_new};

use crate::format::Format;
use crate::voyage::{Answer, Voyage};

/// A larger file is not loaded, so that it cannot use up the memory.
const LARGEST: u64 = 1 << 20;

/// A file, and the format that its name indicates.
pub(crate) struct DataFile {
    path: PathBuf,
    format: Format,
}

impl DataFile {
    /// A usage error unless the name has one of the three endings.
    pub(crate) fn named(name: OsString) -> Result<Self, Failure> {
        let path = PathBuf::from(name);
        let extension = path.extension().unwrap_or_default();
        match Format::ALL.into_iter().find(|format| extension == format.extension()) {
            Some(format) => Ok(DataFile { path, format }),
            None => Err(Failure::Usage(format!(
                "'{}' names no format: end it in .json, .msgpack or .postcard",
                printable(&path)
            ))),
        }
    }

    pub(crate) fn save(&self, voyage: &Voyage, overwrite: bool) -> Result<(), Failure> {
        let bytes = self.format.encode(voyage);
        write_new(&self.path, &bytes, overwrite)?;
        say!("Saved to {self} as {}: {} bytes.", self.format, bytes.len());
        Ok(())
    }

    /// Reads the file, and compares it with what [`DataFile::save`] writes.
    pub(crate) fn load(&self, expected: &Voyage) -> Result<(), Failure> {
        let bytes = self.read().map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::Other(format!(
                "loading {self} failed: there is no such file\nhint: write it first with --save"
            )),
            _ => Failure::system(format!("loading {self}"), error),
        })?;
        let loaded: Voyage = self.format.decode(&bytes).map_err(|error| {
            Failure::Other(format!(
                "{self} holds no voyage: {error}\n\
                 hint: it was cut short, damaged, or is no {} at all; write it again with --save",
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

    /// All bytes of the file, unless there are too many: the data comes from outside.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        regular_file(&self.path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::other("it is larger than 1 MiB, which no voyage needs"));
        }
        Ok(bytes)
    }
}

impl fmt::Display for DataFile {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&printable(&self.path))
    }
}
