//! The visible system calls: which ones park a process, and what each one means.
//!
//! * [`table`] lists the calls, and makes the filter that parks processes at them;
//! * [`call`] reads the arguments of a parked call, out of its [`memory`];
//! * [`signal`] knows what signals would do to a process.

pub(crate) mod call;
pub(crate) mod memory;
pub(crate) mod signal;
pub(crate) mod table;

pub(crate) use call::Call;
pub(crate) use signal::Signals;
