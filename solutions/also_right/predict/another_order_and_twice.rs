//! The same sets; the lists are in another order, and one output is there twice.

pub fn one_child() -> Vec<&'static str> {
    vec!["child\nparent\n", "parent\nchild\n", "parent\nchild\n"]
}

pub fn one_wait() -> Vec<&'static str> {
    vec!["b\nc\na\n", "a\nc\nb\n", "b\na\nc\n", "a\nb\nc\n", "a\nb\nc\n"]
}

pub fn a_loop() -> Vec<&'static str> {
    vec!["1\n0\n1\n", "0\n1\n1\n", "0\n1\n1\n"]
}

pub fn text_in_a_buffer() -> Vec<&'static str> {
    vec!["x a\nx b\n", "x a\nx b\n"]
}

pub fn a_grandchild() -> Vec<&'static str> {
    vec!["b\na\nc\n", "a\nb\nc\n", "a\nb\nc\n"]
}

pub fn a_child_goes_on() -> Vec<&'static str> {
    vec!["a\nb\nb\n", "a\nb\nb\n"]
}
