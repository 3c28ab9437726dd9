//! The same sets; no output ends with a newline.

pub fn one_child() -> Vec<&'static str> {
    vec!["parent\nchild", "child\nparent"]
}

pub fn one_wait() -> Vec<&'static str> {
    vec!["a\nb\nc", "b\na\nc", "a\nc\nb", "b\nc\na"]
}

pub fn a_loop() -> Vec<&'static str> {
    vec!["0\n1\n1", "1\n0\n1"]
}

pub fn text_in_a_buffer() -> Vec<&'static str> {
    vec!["x a\nx b"]
}

pub fn a_grandchild() -> Vec<&'static str> {
    vec!["a\nb\nc", "b\na\nc"]
}

pub fn a_child_goes_on() -> Vec<&'static str> {
    vec!["a\nb\nb"]
}
