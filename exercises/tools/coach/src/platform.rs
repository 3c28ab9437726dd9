//! What only Linux can do, and what is done elsewhere instead.

use std::process::Command;

#[cfg(target_os = "linux")]
pub(crate) use linux::{adopt_orphans, end_with_us, reap_adopted};

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use nix::sys::prctl;
    use nix::sys::signal::Signal;
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::getppid;

    /// The kernel kills the program when this process ends, however that comes about. (To be
    /// precise: when the thread ends that starts it, and that is always the main one.)
    pub(crate) fn end_with_us(command: &mut Command) {
        let us = nix::unistd::getpid();
        let ask = move || {
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            // If we have ended meanwhile no signal will come.
            if getppid() == us { Ok(()) } else { Err(nix::errno::Errno::ESRCH.into()) }
        };
        // SAFETY: between fork and exec the closure makes two system calls and allocates nothing.
        unsafe { command.pre_exec(ask) };
    }

    /// Processes whose parents end become children of this process, not of process 1: so a check
    /// that was stopped leaves nothing behind, not even a zombie where nobody reaps them.
    pub(crate) fn adopt_orphans() {
        let _ = prctl::set_child_subreaper(true); // refused only by kernels older than 3.4
    }

    /// Waits for what was adopted and is about to end: it has closed its pipes already. What goes
    /// on, as a browser, may.
    pub(crate) fn reap_adopted() {
        let start = Instant::now();
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) if start.elapsed() < Duration::from_millis(300) => {
                    pause();
                }
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "asks again in a while; no order depends on it")]
    fn pause() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Nothing like it: when this process is killed, a check goes on to its end.
#[cfg(not(target_os = "linux"))]
pub(crate) fn end_with_us(_command: &mut Command) {}

/// Nothing like it: orphans go to process 1, which reaps them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt_orphans() {}

/// Nothing was adopted.
#[cfg(not(target_os = "linux"))]
pub(crate) fn reap_adopted() {}

/// Whether a browser could show itself. Without a display the opener may start one in the
/// terminal, over what is there.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("BROWSER")
}

/// The program that shows a page in the reader's browser.
pub(crate) fn opener() -> Command {
    match std::env::var_os("BROWSER") {
        Some(browser) if !browser.is_empty() => Command::new(browser),
        _ if cfg!(target_os = "macos") => Command::new("open"),
        _ => Command::new("xdg-open"),
    }
}

/// Whether there is such a program, by its path or in a folder of `PATH`.
pub(crate) fn is_program(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}
