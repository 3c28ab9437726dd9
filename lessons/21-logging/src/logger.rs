//! The logger behind the macros of the crate `log`: where a process's lines go.
//!
//! A library logs with `log::info!` and does not know where the line goes. The program installs one
//! logger; here it does so before the fork, so every worker has it, and each opens its own sink.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

use crate::line::Line;

/// Where lines go. It belongs to one process.
pub(crate) type Sink = Box<dyn FnMut(&Line) -> io::Result<()> + Send>;

static LOGGER: Logger = Logger { state: Mutex::new(State { sink: None, error: None }) };

struct Logger {
    state: Mutex<State>,
}

struct State {
    sink: Option<Sink>,
    /// Why the first line could not be written. The code that logs gets no error, so it is kept.
    error: Option<io::Error>,
}

/// Makes the macros of `log` end up here. What is logged before [`open`] is dropped.
pub(crate) fn install() {
    log::set_logger(&LOGGER).expect("BUG: it is installed once");
    log::set_max_level(LevelFilter::Debug);
}

/// From now on this process's lines go to `sink`.
pub(crate) fn open(sink: Sink) {
    *LOGGER.state() = State { sink: Some(sink), error: None };
}

/// Why a line could not be written, if there was an error.
pub(crate) fn take_error() -> Option<io::Error> {
    LOGGER.state().error.take()
}

impl Logger {
    /// The lock is for the compiler: a process with one thread never waits for it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut state = self.state();
        if let Some(sink) = &mut state.sink
            && let Err(error) = sink(&Line::of(record))
        {
            state.error.get_or_insert(error);
        }
    }

    fn flush(&self) {}
}
