//! All outputs that the six programs of the exercise can have.

/// A child, and no wait.
pub fn one_child() -> Vec<&'static str> {
    vec!["parent\nchild\n", "child\nparent\n"]
}

/// Two children, and one wait, which is for any of them.
pub fn one_wait() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n", "a\nc\nb\n", "b\nc\na\n"]
}

/// A child in each turn of a loop, which does not leave it.
pub fn a_loop() -> Vec<&'static str> {
    vec!["0\n1\n1\n", "1\n0\n1\n"]
}

/// Text without a newline, before the fork.
pub fn text_in_a_buffer() -> Vec<&'static str> {
    vec!["x a\nx b\n"]
}

/// A child that has a child, and waits for it after its own line.
pub fn a_grandchild() -> Vec<&'static str> {
    vec!["a\nb\nc\n", "b\na\nc\n"]
}

/// A child that comes to the parent's wait, and has no child there.
pub fn a_child_goes_on() -> Vec<&'static str> {
    vec!["a\nb\nb\n"]
}
