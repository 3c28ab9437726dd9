//! Wrong answers to process_files, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::io;
use std::path::Path;

use answers::process_files::Counts;

#[path = "../../exercises/tests/checks/process_files.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod process_files {
        use std::io;
        use std::path::Path;

        pub(crate) type Counts = [u64; 10];

        pub(crate) fn make_files(
            folder: &Path,
            files: usize,
            lines: usize,
            longest: usize,
            seed: u64,
        ) -> io::Result<()> {
            (crate::CHOSEN.get().make_files)(folder, files, lines, longest, seed)
        }

        pub(crate) fn count_digits(text: &[u8]) -> Counts {
            (crate::CHOSEN.get().count_digits)(text)
        }

        pub(crate) fn report_by_one(folder: &Path, files: usize) -> String {
            (crate::CHOSEN.get().report_by_one)(folder, files)
        }

        pub(crate) fn report_by_several(
            folder: &Path,
            files: usize,
            workers: usize,
        ) -> io::Result<String> {
            (crate::CHOSEN.get().report_by_several)(folder, files, workers)
        }
    }
}

struct Functions {
    make_files: fn(&Path, usize, usize, usize, u64) -> io::Result<()>,
    count_digits: fn(&[u8]) -> Counts,
    report_by_one: fn(&Path, usize) -> String,
    report_by_several: fn(&Path, usize, usize) -> io::Result<String>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            make_files: $answer::make_files,
            count_digits: $answer::count_digits,
            report_by_one: $answer::report_by_one,
            report_by_several: $answer::report_by_several,
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/process_files.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
