//! The set-ups, and how a process changes itself into one of them.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::IntoRawFd;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, signal, sigprocmask};
use nix::unistd::{close, dup2_raw};

/// What is asked of a program in a set-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expect {
    /// It does what it does elsewhere.
    Works,
    /// The same, or it fails and says why.
    WorksOrSays,
    /// It fails and says that the output could not be written.
    SaysFull,
}

/// A kind of machine, or of parent, or of surroundings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Setup {
    /// `NO_COLOR=1`, on a terminal.
    NoColour,
    /// `TERM=dumb`, on a terminal.
    DumbTerminal,
    NoTerm,
    NoHome,
    /// `LC_ALL=C`.
    PlainLocale,
    /// Nothing is set but `PATH`.
    EmptyEnvironment,
    /// No other program can be found.
    EmptyPath,
    /// `TMPDIR` is no folder.
    NowhereToWrite,
    InputClosed,
    OutputClosed,
    ErrorsClosed,
    AllStreamsClosed,
    /// Standard output is `/dev/full`.
    OutputFull,
    /// 64 descriptors.
    FewDescriptors,
    /// 64 processes, for a user without any others.
    FewProcesses,
    /// 256 MiB of address space.
    LittleMemory,
    /// The parent ignores SIGCHLD, and so does this process from its start.
    ChildrenIgnored,
    /// SIGINT is ignored, as in the background of a script.
    InterruptIgnored,
    /// Every signal that can be blocked is.
    SignalsBlocked,
    /// `/proc` shows a user only that user's processes.
    HiddenProcesses,
    /// `/proc` is an empty folder.
    NoProc,
    /// The kernel refuses ptrace, as some containers do.
    NoPtrace,
    /// The kernel refuses user namespaces, as some containers do.
    NoNamespaces,
    /// The kernel takes no filter of system calls.
    NoFilters,
}

impl Setup {
    pub(crate) const ALL: &[Setup] = &[
        Setup::NoColour,
        Setup::DumbTerminal,
        Setup::NoTerm,
        Setup::NoHome,
        Setup::PlainLocale,
        Setup::EmptyEnvironment,
        Setup::EmptyPath,
        Setup::NowhereToWrite,
        Setup::InputClosed,
        Setup::OutputClosed,
        Setup::ErrorsClosed,
        Setup::AllStreamsClosed,
        Setup::OutputFull,
        Setup::FewDescriptors,
        Setup::FewProcesses,
        Setup::LittleMemory,
        Setup::ChildrenIgnored,
        Setup::InterruptIgnored,
        Setup::SignalsBlocked,
        Setup::HiddenProcesses,
        Setup::NoProc,
        Setup::NoPtrace,
        Setup::NoNamespaces,
        Setup::NoFilters,
    ];

    /// As in `few_descriptors`.
    pub(crate) fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    pub(crate) fn from_name(name: &str) -> Option<Setup> {
        Setup::ALL.iter().copied().find(|setup| setup.name() == name)
    }

    pub(crate) fn expect(self) -> Expect {
        use Setup::{
            ChildrenIgnored, EmptyPath, FewDescriptors, FewProcesses, HiddenProcesses,
            LittleMemory, NoFilters, NoNamespaces, NoProc, NoPtrace, NowhereToWrite, OutputFull,
        };
        match self {
            OutputFull => Expect::SaysFull,
            EmptyPath | NowhereToWrite | FewDescriptors | FewProcesses | LittleMemory
            | ChildrenIgnored | HiddenProcesses | NoProc | NoPtrace | NoNamespaces | NoFilters => {
                Expect::WorksOrSays
            }
            _ => Expect::Works,
        }
    }

    pub(crate) fn on_a_terminal(self) -> bool {
        matches!(self, Setup::NoColour | Setup::DumbTerminal)
    }

    /// Whether what the program says there can be read.
    pub(crate) fn output_is_seen(self) -> bool {
        use Setup::{AllStreamsClosed, OutputClosed, OutputFull};
        !matches!(self, OutputClosed | AllStreamsClosed | OutputFull)
    }

    pub(crate) fn errors_are_seen(self) -> bool {
        !matches!(self, Setup::ErrorsClosed | Setup::AllStreamsClosed)
    }

    /// The variables that the program finds changed; `None`: it is not set.
    pub(crate) fn environment(self) -> &'static [(&'static str, Option<&'static str>)] {
        match self {
            Setup::NoColour => &[("NO_COLOR", Some("1"))],
            Setup::DumbTerminal => &[("TERM", Some("dumb"))],
            Setup::NoTerm => &[("TERM", None)],
            Setup::NoHome => &[("HOME", None)],
            Setup::PlainLocale => &[("LC_ALL", Some("C")), ("LANG", Some("C"))],
            Setup::EmptyPath => &[("PATH", Some("/nowhere"))],
            Setup::NowhereToWrite => &[("TMPDIR", Some("/nowhere"))],
            _ => &[],
        }
    }

    /// Changes this process. What that takes beyond the environment, and beyond the user.
    pub(crate) fn apply(self) -> Result<(), String> {
        match self {
            Setup::InputClosed => close_streams(&[0]),
            Setup::OutputClosed => close_streams(&[1]),
            Setup::ErrorsClosed => close_streams(&[2]),
            Setup::AllStreamsClosed => close_streams(&[0, 1, 2]),
            Setup::OutputFull => output_full(),
            Setup::FewDescriptors => limit(Resource::RLIMIT_NOFILE, 64),
            Setup::LittleMemory => limit(Resource::RLIMIT_AS, 256 << 20),
            Setup::ChildrenIgnored => ignore(Signal::SIGCHLD),
            Setup::InterruptIgnored => ignore(Signal::SIGINT),
            Setup::SignalsBlocked => {
                sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None)
                    .map_err(|error| format!("blocking signals: {error}"))
            }
            _ => crate::sys::apply(self),
        }
    }
}

fn close_streams(streams: &[i32]) -> Result<(), String> {
    streams.iter().try_for_each(|&stream| close(stream)).map_err(|error| error.to_string())
}

fn output_full() -> Result<(), String> {
    let full = OpenOptions::new().write(true).open("/dev/full");
    let full = full.map_err(|error| format!("/dev/full: {error}"))?;
    // SAFETY: descriptor 1 is this process's output, which nothing else here owns.
    let replaced = unsafe { dup2_raw(&full, 1) }.map_err(io::Error::from);
    // Kept open for the life of this process, like every standard stream.
    let _ = replaced.map_err(|error| error.to_string())?.into_raw_fd();
    Ok(())
}

fn limit(what: Resource, most: u64) -> Result<(), String> {
    setrlimit(what, most, most).map_err(|error| format!("{what:?}: {error}"))
}

fn ignore(which: Signal) -> Result<(), String> {
    // SAFETY: to ignore a signal runs no code of this process.
    let before = unsafe { signal(which, SigHandler::SigIgn) };
    before.map(drop).map_err(|error| format!("ignoring {which}: {error}"))
}
