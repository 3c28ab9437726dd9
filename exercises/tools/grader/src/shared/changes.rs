//! What is not as it was before a check.

/// What two snapshots differ in, a line each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Descriptors that were not open before.
    pub(crate) opened: String,
    /// Everything else.
    pub(crate) changed: String,
}
