//! Programs whose outcomes can be counted without a search: lines that come in every order that
//! the forks and the waits allow.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};

use crate::little::Do::{
    Exit, Fork, Heed, Ignore, KillElder, Leave, Pause, Print, Receive, Send, SignalGroup, WaitAny,
};
use crate::little::{Do, Little};
use crate::same::{outcomes, run, search};

pub(crate) fn trials() -> Vec<Trial> {
    let counted = (1..=3)
        .map(|n| Trial::test(format!("counted_{n}"), move || counted(n)))
        .collect::<Vec<_>>();
    let known = [
        Trial::test("a_lost_step_is_in_a_race", a_lost_step),
        Trial::test("a_process_is_born_in_a_group", born_in_the_group),
        Trial::test("not_the_last_race_alone_counts", not_the_last_alone),
    ];
    counted.into_iter().chain(known).collect()
}

/// The second child kills the first, whose line is then in no run that could show that it may come
/// after the third's.
fn a_lost_step() -> Result<(), Failed> {
    let second = vec![Fork(vec![Print('b')]), KillElder];
    let program = vec![Fork(vec![Print('a')]), Fork(second), Pause];
    prints(&Little(program), &["ab", "b", "ba"])
}

/// Three processes, of which each pair is in a race, and the last race of each order alone does
/// not lead to all others.
fn not_the_last_alone() -> Result<(), Failed> {
    let program =
        [vec![WaitAny, Fork(vec![WaitAny]), Send(b'y')], vec![Fork(vec![Send(b'x')]), Receive]];
    prints(&Little(program.concat()), &["!!ry", "!!ryx", "!ry!", "!ryx!"])
}

/// A signal for a group comes before or after one of its members, which ignores it, has forked a process
/// that does not.
fn born_in_the_group() -> Result<(), Failed> {
    let member = vec![Ignore, Leave, Receive, Fork(vec![Heed, Pause]), Pause];
    let program = Little(vec![Fork(member), Fork(vec![Send(b'x')]), SignalGroup]);
    let found = outcomes(&run(&search(&program))?);
    let stuck: BTreeSet<usize> = found.iter().map(|outcome| outcome.stuck.len()).collect();
    assert_eq!(stuck, [1, 2].into(), "the member never ends, and its child may be killed");
    Ok(())
}

fn prints(program: &Little, expected: &[&str]) -> Result<(), Failed> {
    let found = run(&search(program))?;
    let found: BTreeSet<String> = outcomes(&found).into_iter().map(|o| o.output).collect();
    let expected: BTreeSet<String> = expected.iter().map(|&text| text.to_owned()).collect();
    let new: Vec<&String> = found.difference(&expected).collect();
    let missed: Vec<&String> = expected.difference(&found).collect();
    if missed.is_empty() && new.is_empty() {
        return Ok(());
    }
    Err(format!("{program}: missed {missed:?}, new {new:?}").into())
}

/// The parent forks its children, prints a letter after each fork, and waits for all. Each child
/// prints its number and ends with it as exit status, which the parent prints as well.
fn counted(children: u8) -> Result<(), Failed> {
    let child = |number: u8| Fork(vec![Print((b'0' + number).into()), Exit(number)]);
    let forks = (1..=children).flat_map(|n| [child(n), Print((b'a' + n).into())]);
    let waits = (1..=children).map(|_| WaitAny);
    let program = Little(forks.chain(waits).collect::<Vec<Do>>());
    let mut possible = BTreeSet::new();
    lines(children, &mut Vec::new(), &mut possible);
    prints(&program, &possible.iter().map(String::as_str).collect::<Vec<_>>())
}

/// All orders of the lines that begin with `before`. A line is its kind and the child's number:
/// the child prints, the parent has forked it, the parent has reaped it.
fn lines(children: u8, before: &mut Vec<(Kind, u8)>, all: &mut BTreeSet<String>) {
    let mut is_end = true;
    for kind in [Kind::Child, Kind::Forked, Kind::Reaped] {
        for number in 1..=children {
            let line = (kind, number);
            if before.contains(&line) || !follows(children, before, line) {
                continue;
            }
            is_end = false;
            before.push(line);
            lines(children, before, all);
            before.pop();
        }
    }
    if is_end {
        all.insert(before.iter().map(|line| text(*line)).collect());
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Child,
    Forked,
    Reaped,
}

/// Whether `line` can come after the lines `before`. A child is forked after the parent has
/// printed the letter of the child before it; it is reaped when all are forked and it has ended.
fn follows(children: u8, before: &[(Kind, u8)], (kind, number): (Kind, u8)) -> bool {
    let forked = |number: u8| number == 0 || before.contains(&(Kind::Forked, number));
    match kind {
        Kind::Child | Kind::Forked => forked(number - 1),
        Kind::Reaped => forked(children) && before.contains(&(Kind::Child, number)),
    }
}

fn text((kind, number): (Kind, u8)) -> String {
    match kind {
        Kind::Child => number.to_string(),
        Kind::Forked => char::from(b'a' + number).to_string(),
        Kind::Reaped => format!("w{number}"),
    }
}
