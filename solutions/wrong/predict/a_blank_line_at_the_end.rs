//! The newline at the end is believed to be a line of its own.
//!
//! base: reference
//! verdict: check failed
//! check: text_in_a_buffer
//! says: In your list, but not possible:

/// One child and no wait.
pub fn one_child() -> Vec<&'static str> {
    vec!["parent\nchild\n", "child\nparent\n"]
}

/// Two children and one wait, which waits for either of them.
pub fn one_wait() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n", "a\nc\nb\n", "b\nc\na\n"]
}

/// A child in each iteration of a loop. The children do not leave the loop.
pub fn a_loop() -> Vec<&'static str> {
    vec!["0\n1\n1\n", "1\n0\n1\n"]
}

/// Text without a newline, printed before the fork.
pub fn text_in_a_buffer() -> Vec<&'static str> {
    vec!["x a\nx b\n\n"]
}

/// A child that has a child itself, and waits for it after printing its own line.
pub fn a_grandchild() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n"]
}

/// A child that reaches the parent's wait, but has no child to wait for.
pub fn a_child_goes_on() -> Vec<&'static str> {
    vec!["a\nb\nb\n"]
}
