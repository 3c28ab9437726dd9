//! The relation "depends on".
//!
//! Two steps of different processes are *independent* if each order of the two leads to the same
//! state, and neither makes the other possible or impossible. Orders that differ only in such
//! steps have the same outcome, so the search runs one of them. What is declared independent
//! here without being so is an outcome missed; what is declared dependent without need is only
//! time. Hence each step says what it touches, and the table below is all there is to know.
//!
//! | object | read by | changed by | added to by |
//! |---|---|---|---|
//! | [`Object::Data`]: bytes in a pipe, a terminal, the captured output | `poll` | `read`, `write` | |
//! | [`Object::Writers`]: open write ends of a pipe | `read` of an empty pipe, `poll` | | `close`, `exec`, `exit` |
//! | [`Object::Readers`]: open read ends | `write`, `poll` | | `close`, `exec`, `exit` |
//! | [`Object::Sockets`]: all sockets at once | `poll` | every other call on a socket | |
//! | [`Object::Content`]: bytes of a file | `read`, `pread`, `fstat` | `write`, `pwrite`, `ftruncate`, `open` that truncates | |
//! | [`Object::Offset`]: where a file is read or written next | | `read`, `write`, `lseek` | |
//! | [`Object::Locks`]: on one file | | `flock`, `fcntl`; `close` and `exit` of a holder | |
//! | [`Object::Path`]: a name in the file system | `stat`, `access`, `open`, `exec` | `open` that creates, `rename`, `unlink`, `mkdir`, `link` | |
//! | [`Object::Entries`]: the list of a directory | `getdents` | what changes a path in it | |
//! | [`Object::End`]: whether a process has ended and been reaped | `wait`, `kill` | `exit`; `wait` that reaps | |
//! | [`Object::Parent`]: which process is the parent | `getppid` | `exit` of the parent | |
//! | [`Object::Actions`]: what signals do to a process | `kill`, `exit` of its child | `sigaction`, `sigprocmask` | |
//! | [`Object::Process`]: a process's pending signals | *every step of that process* | `kill`, `exit` of its child if SIGCHLD is caught | |
//! | [`Object::Faults`]: how many planted faults are left | | every planted fault | |
//! | [`Object::World`]: everything | | a call that is not modelled | |
//!
//! Two steps depend on each other if they are of one process, or if they touch one object and
//! the two kinds of access conflict: reads do not conflict with reads, and additions do not
//! conflict with additions, as two closed ends are two closed ends in either order.
//!
//! Accesses may depend on the state. A `read` of a pipe that holds bytes does not touch
//! `Writers`, because no close changes what it returns; a `wait` that finds a zombie touches
//! `End` of that child and of older siblings alone, because the kernel takes the oldest.
//! This is sound as long as whatever changes the condition is itself touched: bytes arrive and
//! leave under `Data`, zombies under `End`.

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::step::Step;

/// A file, pipe or device, numbered in the order of first use within a run. Inodes would not do:
/// a pipe has another in each run.
pub(crate) type File = u32;

/// What a step can touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Object {
    Data(File),
    Writers(File),
    Readers(File),
    Sockets,
    Content(File),
    Offset(File),
    Locks(File),
    Path(String),
    Entries(String),
    End(Name),
    Parent(Name),
    /// The signals are a set of bits, of which bit 0 is signal 1.
    Actions(Name, u64),
    Process(Name),
    Faults,
    World,
}

/// How a step touches an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Access {
    Read,
    Change,
    Add,
}

/// An object and how it is touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Touch {
    pub(crate) object: Object,
    pub(crate) access: Access,
}

impl Object {
    pub(crate) fn read(self) -> Touch {
        Touch { object: self, access: Access::Read }
    }

    pub(crate) fn change(self) -> Touch {
        Touch { object: self, access: Access::Change }
    }

    pub(crate) fn add(self) -> Touch {
        Touch { object: self, access: Access::Add }
    }

    /// The row of the table.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Object::Data(_) => "Data",
            Object::Writers(_) => "Writers",
            Object::Readers(_) => "Readers",
            Object::Sockets => "Sockets",
            Object::Content(_) => "Content",
            Object::Offset(_) => "Offset",
            Object::Locks(_) => "Locks",
            Object::Path(_) => "Path",
            Object::Entries(_) => "Entries",
            Object::End(_) => "End",
            Object::Parent(_) => "Parent",
            Object::Actions(..) => "Actions",
            Object::Process(_) => "Process",
            Object::Faults => "Faults",
            Object::World => "World",
        }
    }

    /// The same object for all workers: paths in `folder` are taken relative to it.
    pub(crate) fn within(self, folder: &str) -> Self {
        let relative = |path: String| match path.strip_prefix(folder) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!(".{rest}"),
            _ => path,
        };
        match self {
            Object::Path(path) => Object::Path(relative(path)),
            Object::Entries(path) => Object::Entries(relative(path)),
            other => other,
        }
    }

    /// Whether the two are one thing, or this one has the other as a part.
    fn includes(&self, other: &Object) -> bool {
        match (self, other) {
            (Object::World, _) => true,
            (Object::Actions(a, signals), Object::Actions(b, others)) => {
                a == b && signals & others != 0
            }
            // A folder that is renamed or removed takes its files along.
            (Object::Path(folder), Object::Path(path)) => path
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            _ => self == other,
        }
    }
}

impl Touch {
    /// Whether this access can make a difference to the other.
    fn matters_to(&self, other: &Touch) -> bool {
        let conflict = match self.access {
            Access::Read => false,
            Access::Change => true,
            Access::Add => other.access != Access::Add,
        };
        conflict && self.object.includes(&other.object)
    }
}

/// Whether the order of two steps matters.
pub(crate) fn dependent(a: &Step, b: &Step) -> bool {
    a.process() == b.process() || signals(a, b) || signals(b, a) || share(a, b)
}

/// Whether `a` sends a signal that `b`'s process may handle before or after `b`.
fn signals(a: &Step, b: &Step) -> bool {
    a.touches.iter().any(|touch| {
        touch.access == Access::Change
            && matches!(&touch.object, Object::Process(name) if name == b.process())
    })
}

fn share(a: &Step, b: &Step) -> bool {
    a.touches.iter().any(|x| b.touches.iter().any(|y| x.matters_to(y) || y.matters_to(x)))
}
