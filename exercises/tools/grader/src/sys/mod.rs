//! What only Linux can do, and the same functions for other systems, side by side.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod fork_notifier;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use fork_notifier::*;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::*;
