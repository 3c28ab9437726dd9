//! What only Linux can do, and what is done elsewhere instead.

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::*;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

/// The columns of the terminal: those of standard output if it is one, else what `COLUMNS` in the
/// environment says, as who runs the checks for a terminal of his own may set it.
pub(crate) fn terminal_width() -> Option<usize> {
    own_width().or_else(|| std::env::var("COLUMNS").ok()?.parse().ok())
}

fn own_width() -> Option<usize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one winsize, and the pointer is to one that lives through it.
    let answer = unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    (answer == 0 && size.ws_col > 0).then(|| size.ws_col.into())
}

#[cfg(target_os = "linux")]
mod linux {
    use nix::sys::prctl;
    use nix::sys::resource::{Resource, setrlimit};
    use nix::sys::signal::Signal;

    /// The kernel kills this process when the one that forked it ends. (That one has a single
    /// thread: the signal follows the thread.)
    pub(crate) fn die_with_parent() {
        let _ = prctl::set_pdeathsig(Signal::SIGKILL); // a second fuse: the first is end-of-file
    }

    /// When cargo started this process, it ends with cargo, also if that is killed. (Cargo waits
    /// for its tests in the thread that started them. Others, like nextest, do not; and from a
    /// shell a run may well be left to itself.)
    pub(crate) fn end_with_cargo() {
        let parent = nix::unistd::getppid();
        let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).unwrap_or_default();
        if name.trim_end() == "cargo" {
            let _ = prctl::set_pdeathsig(Signal::SIGTERM);
            if nix::unistd::getppid() != parent {
                std::process::exit(1); // it has ended meanwhile, and no signal will come
            }
        }
    }

    /// Orphans below this process become its children. Process 1 of a namespace has that anyway.
    pub(crate) fn adopt_orphans() {
        let _ = prctl::set_child_subreaper(true);
    }

    /// Closes all descriptors but the three standard ones.
    pub(crate) fn close_all_but_standard() {
        // SAFETY: takes numbers only. Whoever owned those descriptors is not used any more.
        unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
    }

    /// If memory runs out, this process is to be killed before others: proc_pid_oom_score_adj(5).
    pub(crate) fn prefer_when_memory_is_short() {
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000"); // as good as we can
    }

    /// The user of this process may have so many processes and threads.
    pub(crate) fn limit_processes(most: u64) -> nix::Result<()> {
        setrlimit(Resource::RLIMIT_NPROC, most, most)
    }

    /// The program that is running, even if cargo has replaced its file meanwhile.
    pub(crate) fn this_program() -> std::io::Result<std::path::PathBuf> {
        Ok("/proc/self/exe".into())
    }

    /// What cannot be had on this system.
    pub(crate) const MISSING: &str = "";
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    /// Nothing like it: the warden's death is seen by end-of-file only.
    pub(crate) fn die_with_parent() {}

    /// Nothing like it: a run goes on to its end when cargo is killed.
    pub(crate) fn end_with_cargo() {}

    /// Nothing like it: orphans go to process 1, out of sight.
    pub(crate) fn adopt_orphans() {}

    /// Closes the descriptors that a process usually has.
    pub(crate) fn close_all_but_standard() {
        for descriptor in 3..256 {
            // SAFETY: takes a number only. Whoever owned it is not used any more.
            unsafe { libc::close(descriptor) };
        }
    }

    /// Nothing like it.
    pub(crate) fn prefer_when_memory_is_short() {}

    /// Nothing like it for one case: the limit would count all processes of the user.
    pub(crate) fn limit_processes(_most: u64) -> nix::Result<()> {
        Ok(())
    }

    /// The program that is running.
    pub(crate) fn this_program() -> std::io::Result<std::path::PathBuf> {
        std::env::current_exe()
    }

    /// What cannot be had on this system.
    pub(crate) const MISSING: &str = "\
        Note: this is not Linux. Orphans are not found, a hang is told without a picture and only\n\
        when the time is over, and only fork and kill by that name are counted and guarded.\n";
}
