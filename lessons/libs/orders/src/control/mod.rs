//! One run under control.
//!
//! * [`launch`] starts the program behind the filter;
//! * [`family`] knows its processes, and what each is doing;
//! * [`file`] knows their open files, [`folder`] where they run;
//! * [`run`] lets one process go at a time, and waits until all stand still again.

pub(crate) mod family;
pub(crate) mod file;
pub(crate) mod folder;
pub(crate) mod launch;
mod random;
pub(crate) mod run;
mod settle;
