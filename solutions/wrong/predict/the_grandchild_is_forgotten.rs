//! The wait of the child is overlooked: the last line is believed to come before the grandchild's.
//!
//! base: reference
//! verdict: check failed
//! check: a_grandchild
//! says: In your list, but not possible:
//! says: Its first line can be printed, but the next line is then "a"

pub fn one_child() -> Vec<&'static str> {
    vec!["parent\nchild\n", "child\nparent\n"]
}

pub fn one_wait() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n", "a\nc\nb\n", "b\nc\na\n"]
}

pub fn a_loop() -> Vec<&'static str> {
    vec!["0\n1\n1\n", "1\n0\n1\n"]
}

pub fn text_in_a_buffer() -> Vec<&'static str> {
    vec!["x a\nx b\n"]
}

pub fn a_grandchild() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n", "b\nc\na\n"]
}

pub fn a_child_goes_on() -> Vec<&'static str> {
    vec!["a\nb\nb\n"]
}
