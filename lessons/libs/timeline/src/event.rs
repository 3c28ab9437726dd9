//! What can happen in the life of a process: the events that a recording is made of.

use serde::{Deserialize, Serialize};

/// One thing that happened to one process.
///
/// In a recording it is one line of JSON, such as
/// `{"us":1204,"pid":71,"event":"fork","child":72,"how":"fork"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When: microseconds since the recording began.
    pub us: u64,
    /// The PID of the process that it happened to.
    pub pid: u32,
    /// What happened.
    #[serde(flatten)]
    pub kind: Kind,
}

impl Event {
    /// What happened to process `pid`, `us` microseconds after the recording began.
    pub fn new(us: u64, pid: u32, kind: Kind) -> Self {
        Event { us, pid, kind }
    }
}

/// What happened. In JSON the field `event` has the name in lower case, with dashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Kind {
    /// The recording begins with this process. The first event of every recording.
    Start {
        /// The name of the program.
        name: String,
        /// How the events were learned, which says what may be missing.
        source: Source,
    },
    /// The process made a new process.
    Fork {
        /// The PID of the new process.
        child: u32,
        /// By which call.
        how: How,
    },
    /// The process runs another program from here on (`man 2 execve`).
    Exec {
        /// The program's arguments, of which the first is its name.
        args: Vec<String>,
    },
    /// The process got a new thread.
    Thread {
        /// The ID of the thread.
        tid: u32,
    },
    /// A thread of the process ended; the process lives on.
    ThreadEnd {
        /// The ID of the thread.
        tid: u32,
    },
    /// The process began to wait for a child (`man 2 wait`).
    Wait {
        /// The child it waits for, or none for any of its children.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        child: Option<u32>,
        /// Whether it only asks, and does not sleep until there is an answer (`WNOHANG`).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        nohang: bool,
    },
    /// The call that began with [`Kind::Wait`] returned, and no child was reaped.
    WaitOver {
        /// Why.
        why: WaitOver,
    },
    /// The process learned how its child had ended, and from then on the child is gone.
    Reap {
        /// The child's PID.
        child: u32,
    },
    /// A signal was delivered to the process.
    Signal {
        /// Its name, as in `SIGTERM`.
        signal: String,
        /// The PID of the process that sent it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<u32>,
    },
    /// The process was stopped, as by Ctrl-Z.
    Stop {
        /// The name of the signal that did it.
        signal: String,
    },
    /// The process runs on after a stop.
    Continue,
    /// The process ended by itself. If it has a parent, it is a zombie until it is reaped.
    Exit {
        /// The exit status, 0 to 255.
        code: u8,
    },
    /// A signal ended the process. If it has a parent, it is a zombie until it is reaped.
    Killed {
        /// The name of the signal.
        signal: String,
        /// Whether a core dump was written.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        core: bool,
    },
    /// The process is no longer there, and how it ended is not known.
    Vanished,
    /// The process ended and its status was discarded, since its parent ignores SIGCHLD: it was
    /// never a zombie.
    Discarded,
    /// The parent of the process ended before the process was reaped, and another process is
    /// its parent now.
    Adopted {
        /// The PID of the new parent.
        by: u32,
        /// The name of the new parent.
        name: String,
    },
    /// The recording ends here, though the process has not.
    Cut,
}

impl Kind {
    /// Names and arguments come from other programs, and may hold anything.
    pub(crate) fn make_printable(&mut self) {
        let clean = |text: &mut String| *text = lesson_cli::printable(&*text);
        match self {
            Kind::Start { name, .. } | Kind::Adopted { name, .. } => clean(name),
            Kind::Exec { args } => args.iter_mut().for_each(|word| {
                // A script in an argument has line ends, which would make it hard to read.
                *word = word.replace(['\n', '\t'], " ");
                clean(word);
            }),
            Kind::Signal { signal, .. } | Kind::Stop { signal } | Kind::Killed { signal, .. } => {
                clean(signal);
            }
            Kind::Fork { .. }
            | Kind::Thread { .. }
            | Kind::ThreadEnd { .. }
            | Kind::Wait { .. }
            | Kind::WaitOver { .. }
            | Kind::Reap { .. }
            | Kind::Continue
            | Kind::Exit { .. }
            | Kind::Vanished
            | Kind::Discarded
            | Kind::Cut => {}
        }
    }
}

/// How the events of a recording were learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// By `ptrace`: nothing is missing.
    Ptrace,
    /// By looking into `/proc` again and again: what is short is missing, and so is every wait
    /// and signal.
    Poll,
    /// From a log that the program itself, or a library in it, wrote.
    Log,
}

/// The call that made a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// `fork`: parent and child go on side by side.
    Fork,
    /// `vfork`, or `clone` like it, as `posix_spawn` uses: the parent stands still until the
    /// child calls exec or ends.
    Vfork,
    /// `clone` with another signal than SIGCHLD at the child's end.
    Clone,
    /// Not known.
    Unknown,
}

/// Why a wait came back without a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitOver {
    /// `WNOHANG`: no child has ended yet.
    NotYet,
    /// `ECHILD`: there is no child to wait for.
    NoChild,
    /// `EINTR`: a signal was handled in between.
    Interrupted,
    /// A child was stopped or continued, or looked at and left a zombie (`WNOWAIT`).
    Changed,
    /// The call failed in another way.
    Failed,
}
