//! The same functions for Linux and for other systems, side by side.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "other.rs")]
mod this;

pub(crate) use this::*;
