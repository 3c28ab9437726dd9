//! One run under control.
//!
//! * [`launch`] starts the program behind the filter;
//! * [`folder`] is where it runs;
//! * [`fatal`] is about steps that end a process unannounced;
//! * [`finish`] ends what is left;
//! * [`run`] lets one process continue at a time, and waits until all have stopped again.

mod fatal;
mod finish;
pub(crate) mod folder;
pub(crate) mod launch;
mod random;
pub(crate) mod run;
mod settle;
