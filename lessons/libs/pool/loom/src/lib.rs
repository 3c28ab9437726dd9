//! A package of its own, so that its check builds loom and not what the pool's other tests need. See
//! `tests/orders.rs`.
