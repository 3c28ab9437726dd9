//! What a step can touch, and how: the objects of the table in [`crate::dependence`].

use serde::{Deserialize, Serialize};

use crate::name::Name;

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
    Groups,
    Family,
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
            Object::Groups => "Groups",
            Object::Family => "Family",
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
    pub(crate) fn matters_to(&self, other: &Touch) -> bool {
        let conflict = match self.access {
            Access::Read => false,
            Access::Change => true,
            Access::Add => other.access != Access::Add,
        };
        conflict && self.object.includes(&other.object)
    }
}
