//! The same sets, put together from lines instead of written down.

pub fn one_child() -> Vec<&'static str> {
    outputs(&[&["child", "parent"], &["parent", "child"]])
}

pub fn one_wait() -> Vec<&'static str> {
    let mut sets = Vec::new();
    for [first, second] in [["a", "b"], ["b", "a"]] {
        sets.extend(outputs(&[&[first, second, "c"], &[first, "c", second]]));
    }
    sets
}

pub fn a_loop() -> Vec<&'static str> {
    outputs(&[&["0", "1", "1"], &["1", "0", "1"]])
}

pub fn text_in_a_buffer() -> Vec<&'static str> {
    outputs(&[&["x a", "x b"]])
}

pub fn a_grandchild() -> Vec<&'static str> {
    outputs(&[&["a", "b", "c"], &["b", "a", "c"]])
}

pub fn a_child_goes_on() -> Vec<&'static str> {
    outputs(&[&["a", "b", "b"]])
}

fn outputs(sets: &[&[&'static str]]) -> Vec<&'static str> {
    sets.iter().map(|lines| &*Box::leak(lines.join("\n").into_boxed_str())).collect()
}
