//! How far a call may run ahead of the program.

/// How much a call takes of its input before the program has taken the results.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// How many items may be given and not handed out.
    pub(crate) items: usize,
    /// How many bytes their results may have, about.
    pub(crate) bytes: usize,
}

impl Window {
    /// For calls that keep all results anyway.
    pub(crate) const ALL: Window = Window { items: usize::MAX, bytes: usize::MAX };
}
