//! Which outputs your six sets must have.

use std::collections::{BTreeMap, BTreeSet};

use grader::{Suite, check};

use super::answers::predict;

#[path = "predict/model.rs"]
mod model;
#[path = "predict/programs.rs"]
mod programs;
use model::{Order, Step, all_outputs};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "predict",
        [
            check!(one_child).forks(0).see("many-forks.md#why-the-order-changes"),
            check!(one_wait).forks(0).see("waitpid.md#any-child"),
            check!(a_loop).forks(0).see("many-forks.md#the-children-go-on-with-the-loop"),
            check!(text_in_a_buffer).forks(0).see("fork-basics.md#text-comes-twice"),
            check!(a_grandchild).forks(0).see("many-forks.md#the-order-of-the-ends"),
            check!(a_child_goes_on).forks(0).see("fork-basics.md#the-child-goes-on"),
        ],
    )
}

fn one_child() {
    compare(programs::ONE_CHILD, &predict::one_child());
}

fn one_wait() {
    compare(programs::ONE_WAIT, &predict::one_wait());
}

fn a_loop() {
    compare(programs::A_LOOP, &predict::a_loop());
}

fn text_in_a_buffer() {
    compare(programs::TEXT_IN_A_BUFFER, &predict::text_in_a_buffer());
}

fn a_grandchild() {
    compare(programs::A_GRANDCHILD, &predict::a_grandchild());
}

fn a_child_goes_on() {
    compare(programs::A_CHILD_GOES_ON, &predict::a_child_goes_on());
}

/// Tries every order of the program's steps. Neither the order of the list nor a newline at the end
/// of an output matters.
fn compare(program: &[Step], predicted: &[&str]) {
    let possible = all_outputs(program);
    let predicted: BTreeSet<&str> = predicted.iter().map(|output| text(output)).collect();
    let mut findings = String::new();
    for (output, order) in &possible {
        if !predicted.contains(text(output)) {
            findings += &format!(
                "Missing, because it is possible:\n{}\nOne order that prints it:\n{}",
                lines(output),
                story(order)
            );
        }
    }
    let is_possible = |output: &str| possible.keys().any(|other| text(other) == output);
    for output in predicted.into_iter().filter(|output| !is_possible(output)) {
        let (how_far, order) = how_far(output, &possible);
        findings += &format!(
            "In your list, but not possible:\n{}\n{how_far}\n{}",
            lines(output),
            story(order)
        );
    }
    assert!(findings.is_empty(), "{findings}");
}

/// How many of its first lines some order prints, and the order that prints most of them.
fn how_far<'a>(output: &str, possible: &'a BTreeMap<String, Order>) -> (String, &'a Order) {
    let same = |other: &str| output.lines().zip(other.lines()).take_while(|(a, b)| a == b).count();
    let (nearest, order) =
        possible.iter().max_by_key(|(other, _)| same(other)).expect("BUG: no order");
    let next = nearest.lines().nth(same(nearest));
    let how_far = match (same(nearest), next) {
        (0, _) => "No order prints its first line first. This is one order:".to_owned(),
        (count, Some(next)) => {
            let lines = if count == 1 { "line" } else { &format!("{count} lines") };
            format!(
                "Its first {lines} can be printed, but the next line is then {next:?}, in this order:"
            )
        }
        (_, None) => "Nothing is printed after its first lines, in this order:".to_owned(),
    };
    (how_far, order)
}

/// Without the newline of its last line.
fn text(output: &str) -> &str {
    output.strip_suffix('\n').unwrap_or(output)
}

/// The output as a reader sees it, with a mark at the beginning of each line.
fn lines(output: &str) -> String {
    let line = |line: &str| match line.trim_end() == line {
        true => format!("  | {line}"),
        false => format!("  | {line}   (with a blank at its end)"),
    };
    match text(output) {
        "" => "  | (no output)".to_owned(),
        output => output.split('\n').map(line).collect::<Vec<_>>().join("\n"),
    }
}

/// An order, with successive steps of one process in one line.
fn story(order: &Order) -> String {
    let mut story: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, what) in order {
        match story.last_mut().filter(|(last, _)| last == name) {
            Some((_, steps)) => steps.push(what),
            None => story.push((name, vec![what])),
        }
    }
    story.iter().map(|(name, steps)| format!("  {name:<9} {}\n", steps.join("; "))).collect()
}
