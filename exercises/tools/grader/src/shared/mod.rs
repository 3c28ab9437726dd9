//! What more than one kind of process knows: the log that the processes of a case share, the
//! events in it, and the verdict that travels back.

pub(crate) mod calls;
pub(crate) mod events;
pub(crate) mod fault;
pub(crate) mod log;
pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod verdict;
