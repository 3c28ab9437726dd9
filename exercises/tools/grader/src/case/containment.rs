//! How what is outside is kept safe from a case. Where the system allows it, the case gets a PID
//! namespace: no process in it can see, and so signal, any process outside, and all of them die
//! with the first. The other guard is the [fork notifier](ForkNotifier).

use std::io;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

use super::real;
use crate::sys::{self, ForkNotifier};

/// With `GRADER_NAMESPACES=off` in the environment, a case is contained as it is where namespaces
/// cannot be had; with `GRADER_NOTIFIER=off` as it is where there are no system call filters.
const NAMESPACES: &str = "GRADER_NAMESPACES";
pub(crate) const NOTIFIER: &str = "GRADER_NOTIFIER";

/// What contains a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there are no namespaces"))]
pub(crate) enum Containment {
    /// A PID namespace.
    PidNamespace,
    /// A PID namespace in a user namespace, which counts this user's processes anew.
    UserNamespace,
    /// The fork notifier only, if there is one.
    Nothing,
}

impl Containment {
    /// The best that can be had. The children of this process will live in it. This process
    /// must have one thread.
    pub(crate) fn enter() -> Containment {
        enter_namespace().unwrap_or(Containment::Nothing)
    }

    /// Whether all processes of the case die with the first one, and see no other process.
    pub(crate) fn is_namespace(self) -> bool {
        self != Containment::Nothing
    }

    /// Whether a limit on this user's processes would count those of the case only.
    pub(crate) fn counts_for_itself(self) -> bool {
        self == Containment::UserNamespace
    }
}

/// Whether the environment switches a guard off.
pub(crate) fn switched_off(variable: &str) -> Result<(), String> {
    let off = std::env::var_os(variable).is_some_and(|value| value == "off");
    if off { Err(format!("{variable}=off is set")) } else { Ok(()) }
}

fn enter_namespace() -> Result<Containment, String> {
    switched_off(NAMESPACES)?;
    sys::enter_namespace()
}

/// Why there is no namespace here, found out by a child process.
pub(crate) fn try_namespace() -> Result<(), String> {
    in_a_child(|| enter_namespace().map(|_| ()))
}

/// The same for a /proc that shows the processes of a namespace only.
pub(crate) fn try_own_proc() -> Result<(), String> {
    in_a_child(|| {
        enter_namespace()?;
        in_a_child(|| {
            sys::mount_own_proc().map_err(|error| format!("it cannot be mounted: {}", error.desc()))
        })
    })
}

/// The same for the fork notifier.
pub(crate) fn try_notifier() -> Result<(), String> {
    in_a_child(|| {
        switched_off(NOTIFIER)?;
        let installed = ForkNotifier::install(Some(&[]));
        installed.map(drop).map_err(|error| format!("no system call filter: {error}"))
    })
}

/// The calling process must have one thread.
fn in_a_child(attempt: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let (reader, writer) = io::pipe().map_err(|error| format!("no pipe: {error}"))?;
    // SAFETY: as the caller promises, this process has one thread.
    match unsafe { fork() }.map_err(|error| format!("no fork: {error}"))? {
        ForkResult::Child => {
            drop(reader);
            let refusal = attempt().err().unwrap_or_default();
            let _ = io::Write::write_all(&mut &writer, refusal.as_bytes());
            real::exit_unrecorded(0)
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let refusal = io::read_to_string(reader).map_err(|error| error.to_string());
            let _ = waitpid(child, None);
            refusal.and_then(|text| if text.is_empty() { Ok(()) } else { Err(text) })
        }
    }
}
