//! The visible steps: which system calls park a process, what each one means, what it touches,
//! and whether it could go on.
//!
//! * [`table`] lists the calls, and makes the filter that parks processes at them;
//! * [`call`] reads the arguments of a parked call;
//! * [`offer`] says in which ways a parked process could go on now;
//! * [`touch`] says what each call touches, and [`words`] what it is for people.

pub(crate) mod call;
pub(crate) mod memory;
pub(crate) mod offer;
pub(crate) mod signal;
pub(crate) mod table;
pub(crate) mod touch;
pub(crate) mod words;

pub(crate) use call::Call;
pub(crate) use signal::Signals;
