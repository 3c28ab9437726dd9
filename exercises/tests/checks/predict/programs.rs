//! The programs of the exercise, as the stub shows them in Rust.

use super::model::Step::{self, Child, Exit, Line, Text, Wait};

pub(crate) const ONE_CHILD: &[Step] = &[Child(2), Line("child"), Exit, Line("parent")];

pub(crate) const ONE_WAIT: &[Step] =
    &[Child(2), Line("a"), Exit, Child(2), Line("b"), Exit, Wait, Line("c")];

/// The child of the first iteration runs the second one too. (The loop is written out.)
pub(crate) const A_LOOP: &[Step] = &[Child(1), Line("0"), Child(1), Line("1")];

pub(crate) const TEXT_IN_A_BUFFER: &[Step] =
    &[Text("x "), Child(2), Line("a"), Exit, Wait, Line("b")];

pub(crate) const A_GRANDCHILD: &[Step] =
    &[Child(6), Child(2), Line("a"), Exit, Line("b"), Wait, Exit, Wait, Line("c")];

/// The child reaches the wait too, but has no child.
pub(crate) const A_CHILD_GOES_ON: &[Step] = &[Child(1), Line("a"), Wait, Line("b")];
