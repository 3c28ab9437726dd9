//! Wrong answers to prefork, each with the verdict that it must get, and right ones of another
//! design.

use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

#[path = "../../exercises/tests/checks/prefork.rs"]
mod suite;
mod tools;

mod answers {
    /// Stands in for the answer that a check is about.
    pub(crate) mod prefork {
        use std::net::{TcpListener, TcpStream};

        pub(crate) fn serve(
            listener: &TcpListener,
            workers: usize,
            handle: impl Fn(TcpStream),
        ) -> nix::Result<()> {
            (crate::CHOSEN.get().serve)(listener, workers, &handle)
        }
    }
}

struct Functions {
    serve: fn(&TcpListener, usize, &dyn Fn(TcpStream)) -> nix::Result<()>,
}

macro_rules! functions {
    ($answer:ident) => {
        Functions { serve: |listener, workers, handle| $answer::serve(listener, workers, handle) }
    };
}

include!(concat!(env!("OUT_DIR"), "/prefork.rs"));

static CHOSEN: tools::Chosen<Functions> = tools::Chosen::new();

fn main() -> ExitCode {
    CHOSEN.main(ANSWERS)
}
