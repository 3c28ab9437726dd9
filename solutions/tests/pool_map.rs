//! Wrong answers to pool_map, each with the verdict that it must get, and right ones of another
//! design.

use std::process::ExitCode;

use std::io;

use answers::pool_map::Failure;
use tools::erased::{Place, Value};

#[path = "../../exercises/tests/checks/pool_map.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod pool_map {
        use std::io;

        use nix::sys::signal::Signal;
        use serde::Serialize;
        use serde::de::DeserializeOwned;

        use crate::tools::erased::{Value, places, units};

        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Failure {
            Exited(i32),
            Killed(Signal),
        }

        pub(crate) fn pool_map<T, R: Serialize + DeserializeOwned + 'static>(
            workers: usize,
            items: &[T],
            work: impl Fn(&T) -> R,
        ) -> io::Result<Vec<Result<R, Failure>>> {
            Value::decode_as::<R>();
            let functions = crate::CHOSEN.get();
            let results = if let Some(units) = units(items) {
                (functions.pool_map_of_units)(workers, &units, &|()| Value::of(work(&items[0])))
            } else {
                let work = |place: &usize| Value::of(work(&items[*place]));
                (functions.pool_map)(workers, &places(items), &work)
            };
            Ok(results?.into_iter().map(|result| result.map(Value::into)).collect())
        }
    }
}

type Results = io::Result<Vec<Result<Value, Failure>>>;

type Work<'a, T> = &'a dyn Fn(&T) -> Value;

struct Functions {
    pool_map: fn(usize, &[Place], Work<Place>) -> Results,
    pool_map_of_units: fn(usize, &[()], Work<()>) -> Results,
}

macro_rules! functions {
    ($answer:ident) => {{
        fn failure(failure: $answer::Failure) -> Failure {
            match failure {
                $answer::Failure::Exited(status) => Failure::Exited(status),
                $answer::Failure::Killed(signal) => Failure::Killed(signal),
            }
        }
        Functions {
            pool_map: |workers, items, work| {
                let results = $answer::pool_map(workers, items, work)?.into_iter();
                Ok(results.map(|result| result.map_err(failure)).collect())
            },
            pool_map_of_units: |workers, items, work| {
                let results = $answer::pool_map(workers, items, work)?.into_iter();
                Ok(results.map(|result| result.map_err(failure)).collect())
            },
        }
    }};
}

include!(concat!(env!("OUT_DIR"), "/pool_map.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
