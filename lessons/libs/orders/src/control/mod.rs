//! One run under control.
//!
//! * [`launch`] starts the program behind the filter;
//! * [`folder`] is where it runs;
//! * [`run`] lets one process go at a time, and waits until all stand still again.

pub(crate) mod folder;
pub(crate) mod launch;
mod random;
pub(crate) mod run;
mod settle;
