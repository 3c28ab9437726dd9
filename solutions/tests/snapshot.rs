//! Wrong answers to snapshot, each with the verdict that it must get, and right ones of another
//! design.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use answers::snapshot::Outcome;

#[path = "../../exercises/tests/checks/snapshot.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod snapshot {
        use std::fs::File;
        use std::io;
        use std::path::Path;

        use nix::sys::signal::Signal;

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Outcome {
            Saved,
            Failed { status: i32 },
            Killed { signal: Signal },
        }

        pub(crate) struct Saving(Box<dyn crate::AnySaving>);

        impl Saving {
            pub(crate) fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
                self.0.try_finish()
            }

            pub(crate) fn finish(self) -> io::Result<Outcome> {
                self.0.finish()
            }
        }

        pub(crate) fn start_save(
            path: &Path,
            write: impl FnOnce(&mut File) -> io::Result<()>,
        ) -> io::Result<Saving> {
            (crate::CHOSEN.get().start_save)(path, Box::new(write)).map(Saving)
        }
    }
}

/// The `Saving` of any answer.
trait AnySaving {
    fn try_finish(&mut self) -> io::Result<Option<Outcome>>;
    fn finish(self: Box<Self>) -> io::Result<Outcome>;
}

type Write<'a> = Box<dyn FnOnce(&mut File) -> io::Result<()> + 'a>;

struct Functions {
    start_save: fn(&Path, Write) -> io::Result<Box<dyn AnySaving>>,
}

macro_rules! functions {
    ($answer:ident) => {{
        struct Own($answer::Saving);

        fn told(outcome: $answer::Outcome) -> Outcome {
            match outcome {
                $answer::Outcome::Saved => Outcome::Saved,
                $answer::Outcome::Failed { status } => Outcome::Failed { status },
                $answer::Outcome::Killed { signal } => Outcome::Killed { signal },
            }
        }

        impl AnySaving for Own {
            fn try_finish(&mut self) -> io::Result<Option<Outcome>> {
                Ok(self.0.try_finish()?.map(told))
            }

            fn finish(self: Box<Self>) -> io::Result<Outcome> {
                self.0.finish().map(told)
            }
        }

        Functions { start_save: |path, write| Ok(Box::new(Own($answer::start_save(path, write)?))) }
    }};
}

include!(concat!(env!("OUT_DIR"), "/snapshot.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
