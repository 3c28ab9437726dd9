//! Wrong answers to pipe_return_data, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::io;

use answers::pipe_return_data::Failure;
use tools::erased::Value;

#[path = "../../exercises/tests/checks/pipe_return_data.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod pipe_return_data {
        use std::io;

        use nix::sys::signal::Signal;
        use serde::Serialize;
        use serde::de::DeserializeOwned;

        use crate::tools::erased::Value;

        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Failure {
            Exited(i32),
            Killed(Signal),
            Damaged(String),
        }

        pub(crate) fn results_of_children<T: Serialize + DeserializeOwned + 'static>(
            count: usize,
            work: impl Fn(usize) -> T,
        ) -> io::Result<Vec<Result<T, Failure>>> {
            Value::decode_as::<T>();
            let work = |index| Value::of(work(index));
            let results = (crate::CHOSEN.get().results_of_children)(count, &work)?;
            Ok(results.into_iter().map(|result| result.map(Value::into)).collect())
        }
    }
}

type Results = io::Result<Vec<Result<Value, Failure>>>;

struct Functions {
    results_of_children: fn(usize, &dyn Fn(usize) -> Value) -> Results,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions {
            results_of_children: |count, work| {
                let results = $answer::results_of_children(count, work)?.into_iter();
                let failure = |failure| match failure {
                    $answer::Failure::Exited(status) => Failure::Exited(status),
                    $answer::Failure::Killed(signal) => Failure::Killed(signal),
                    $answer::Failure::Damaged(reason) => Failure::Damaged(reason),
                };
                Ok(results.map(|result| result.map_err(failure)).collect())
            },
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/pipe_return_data.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
