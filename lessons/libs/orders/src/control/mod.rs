//! One run under control.
//!
//! * [`launch`] starts the program behind the filter;
//! * [`folder`] is where it runs;
//! * [`run`] lets one process continue at a time, and waits until all have stopped again.

pub(crate) mod folder;
pub(crate) mod launch;
mod random;
pub(crate) mod run;
mod settle;
