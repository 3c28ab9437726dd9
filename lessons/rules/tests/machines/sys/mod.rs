//! What only some systems have.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::{apply, become_file};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{apply, become_file};
