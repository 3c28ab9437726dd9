//! Wrong answers to shared_log, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::fmt::Display;
use std::io;
use std::path::Path;

#[path = "../../exercises/tests/checks/shared_log.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod shared_log {
        use std::fmt::Display;
        use std::io;
        use std::path::Path;

        pub(crate) struct Log(crate::Write);

        impl Log {
            pub(crate) fn open(path: &Path) -> io::Result<Log> {
                (crate::CHOSEN.get().open)(path).map(Log)
            }

            pub(crate) fn write(&self, message: impl Display) -> io::Result<()> {
                self.0(&message)
            }
        }
    }
}

/// The method `write` of a log that is open.
type Write = Box<dyn Fn(&dyn Display) -> io::Result<()>>;

struct Functions {
    open: fn(&Path) -> io::Result<Write>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            open: |path| {
                let log = $answer::Log::open(path)?;
                Ok(Box::new(move |message| log.write(message)))
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/shared_log.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
