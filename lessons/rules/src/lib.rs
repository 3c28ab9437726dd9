//! The rules of this workspace are tests, in `tests/`: nothing is exported here.
