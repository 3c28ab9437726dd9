//! Not the sets, but what every output keeps to: which line comes before which.

/// All orders of `lines` in which no line comes before one that must precede it.
fn orders(lines: &[&'static str], before: &[(usize, usize)]) -> Vec<&'static str> {
    let mut found = Vec::new();
    place(lines, before, &mut Vec::new(), &mut found);
    found
}

fn place(
    lines: &[&'static str],
    before: &[(usize, usize)],
    placed: &mut Vec<usize>,
    found: &mut Vec<&'static str>,
) {
    if placed.len() == lines.len() {
        let output: String = placed.iter().map(|&line| format!("{}\n", lines[line])).collect();
        return found.push(output.leak());
    }
    for line in 0..lines.len() {
        let is_free = |&&(first, second): &&(usize, usize)| second == line && !placed.contains(&first);
        if !placed.contains(&line) && before.iter().find(is_free).is_none() {
            placed.push(line);
            place(lines, before, placed, found);
            placed.pop();
        }
    }
}

pub fn one_child() -> Vec<&'static str> {
    orders(&["parent", "child"], &[])
}

/// The wait returns for one of the two.
pub fn one_wait() -> Vec<&'static str> {
    let mut all = orders(&["a", "b", "c"], &[(0, 2)]);
    all.extend(orders(&["a", "b", "c"], &[(1, 2)]));
    all
}

/// Either process of the second turn may be the first, but the child has printed 0 before its 1 and before that of
/// its own child.
pub fn a_loop() -> Vec<&'static str> {
    orders(&["0", "1", "1"], &[(0, 1)])
}

pub fn text_in_a_buffer() -> Vec<&'static str> {
    orders(&["x a", "x b"], &[(0, 1)])
}

pub fn a_grandchild() -> Vec<&'static str> {
    orders(&["a", "b", "c"], &[(0, 2), (1, 2)])
}

pub fn a_child_goes_on() -> Vec<&'static str> {
    orders(&["a", "b", "b"], &[(0, 1), (0, 2)])
}
