//! All orders of the three lines: the wait is overlooked.
//!
//! base: reference
//! verdict: check failed
//! check: one_wait
//! says: In your list, but not possible:
//! says: No order prints its first line first.

pub fn one_child() -> Vec<&'static str> {
    vec!["parent\nchild\n", "child\nparent\n"]
}

pub fn one_wait() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n", "a\nc\nb\n", "b\nc\na\n", "c\na\nb\n", "c\nb\na\n"]
}

pub fn a_loop() -> Vec<&'static str> {
    vec!["0\n1\n1\n", "1\n0\n1\n"]
}

pub fn text_in_a_buffer() -> Vec<&'static str> {
    vec!["x a\nx b\n"]
}

pub fn a_grandchild() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n"]
}

pub fn a_child_goes_on() -> Vec<&'static str> {
    vec!["a\nb\nb\n"]
}
