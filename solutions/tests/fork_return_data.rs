//! Wrong answers to fork_return_data, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::io;
use std::path::Path;

use answers::fork_return_data::Failure;
use tools::erased::Value;

#[path = "../../exercises/tests/checks/fork_return_data.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod fork_return_data {
        use std::io;
        use std::path::Path;

        use nix::sys::signal::Signal;
        use serde::Serialize;
        use serde::de::DeserializeOwned;

        use crate::tools::erased::Value;

        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Failure {
            Exited(i32),
            Killed(Signal),
            NoFile,
            Damaged(String),
        }

        pub(crate) fn results_as_they_end<T: Serialize + DeserializeOwned + 'static>(
            folder: &Path,
            count: usize,
            work: impl Fn(usize) -> T,
            mut receive: impl FnMut(usize, Result<T, Failure>),
        ) -> io::Result<()> {
            Value::decode_as::<T>();
            let work = |index| Value::of(work(index));
            let mut receive = |index, result: Result<Value, Failure>| {
                receive(index, result.map(Value::into));
            };
            (crate::CHOSEN.get().results_as_they_end)(folder, count, &work, &mut receive)
        }
    }
}

type Work<'a> = &'a dyn Fn(usize) -> Value;
type Receive<'a> = &'a mut dyn FnMut(usize, Result<Value, Failure>);

struct Functions {
    results_as_they_end: fn(&Path, usize, Work, Receive) -> io::Result<()>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            results_as_they_end: |folder, count, work, receive| {
                let failure = |failure| match failure {
                    $answer::Failure::Exited(status) => Failure::Exited(status),
                    $answer::Failure::Killed(signal) => Failure::Killed(signal),
                    $answer::Failure::NoFile => Failure::NoFile,
                    $answer::Failure::Damaged(reason) => Failure::Damaged(reason),
                };
                $answer::results_as_they_end(
                    folder,
                    count,
                    work,
                    |index, result: Result<Value, $answer::Failure>| {
                        receive(index, result.map_err(failure));
                    },
                )
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/fork_return_data.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
