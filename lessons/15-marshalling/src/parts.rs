//! The parts of the lesson by name.

use lesson_cli::{Failure, printable};

use crate::voyage::Voyage;
use crate::{child, damage, formats, python, raw};

/// Shows one thing about the structure.
pub(crate) type Part = fn(&Voyage) -> Result<(), Failure>;

/// In the order in which they are shown.
pub(crate) const ALL: [(&str, Part); 5] = [
    ("formats", formats::compare),
    ("raw", raw::show),
    ("damage", damage::try_out),
    ("child", child::ask),
    ("python", python::ask),
];

/// The part named `name`.
pub(crate) fn named(name: &str) -> Result<Part, Failure> {
    match ALL.iter().find(|(part, _)| *part == name) {
        Some((_, part)) => Ok(*part),
        None => Err(Failure::Usage(format!("unknown part '{}'", printable(name)))),
    }
}
