//! Systems other than Linux.

use std::ffi::CString;
use std::fs::File;

use crate::setup::Setup;

pub(crate) fn apply(setup: Setup) -> Result<(), String> {
    use Setup::{FewProcesses, HiddenProcesses, NoFilters, NoNamespaces, NoProc, NoPtrace};
    match setup {
        FewProcesses | HiddenProcesses | NoFilters | NoNamespaces | NoProc | NoPtrace => {
            Err("that is Linux's".to_owned())
        }
        _ => Ok(()),
    }
}

/// Becomes the program at the path that comes first in `arguments`.
pub(crate) fn become_file(_: &File, arguments: &[CString], environment: &[CString]) -> String {
    nix::unistd::execve(&arguments[0], arguments, environment)
        .expect_err("BUG: exec returned and did not fail")
        .to_string()
}
