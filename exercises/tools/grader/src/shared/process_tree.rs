//! The tree of the processes of a case at one moment, as a reader gets to see it.

use std::collections::BTreeMap;

/// The processes that are there at one moment.
#[derive(Default)]
pub(crate) struct ProcessTree {
    /// A line for each, as a tree.
    pub(crate) tree: String,
    /// How many of them live, the check's own not counted. (A zombie is dead.)
    pub(crate) alive: usize,
    /// Whether each is a zombie, by the PID that it knows itself by.
    pub(crate) zombies: BTreeMap<i32, bool>,
    /// What usually is behind their waits.
    pub(crate) advice: Vec<&'static Advice>,
}

/// What usually is behind a wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// One sentence or some, in lines.
    pub(crate) text: &'static str,
    /// The section of the book about it.
    pub(crate) see: Option<&'static str>,
    /// It fits what was seen so well that nothing which the check says fits better.
    pub(crate) is_certain: bool,
}
