//! The rules of this workspace that no compiler checks: which package may depend on which, where
//! files live, how long they may be, what must not be written in them, and what tests build. Each
//! rule is a function over plain data, so that its test can show it a sample that breaks the rule.

mod arrows;
mod layout;
mod links;
mod targets;
mod text;
mod tree;
