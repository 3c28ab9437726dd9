//! The child of the first turn is believed to be free to fork before it prints.
//!
//! base: reference
//! verdict: check failed
//! check: a_loop
//! says: In your list, but not possible:
//! says: Its first line can be printed, but the next line is then "0"

pub fn one_child() -> Vec<&'static str> {
    vec!["parent\nchild\n", "child\nparent\n"]
}

pub fn one_wait() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n", "a\nc\nb\n", "b\nc\na\n"]
}

pub fn a_loop() -> Vec<&'static str> {
    vec!["0\n1\n1\n", "1\n0\n1\n", "1\n1\n0\n"]
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
