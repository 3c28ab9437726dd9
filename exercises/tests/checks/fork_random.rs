//! What your `independent` and `repeatable` must do.

use std::collections::HashMap;
use std::io::{Read, Write, pipe};

use grader::{Suite, check};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

use super::answers::fork_random::{Numbers, independent, repeatable};

pub(crate) fn suite() -> Suite {
    Suite::new(
        "fork_random",
        [
            check!(children_draw_different_numbers)
                .forks(3)
                .see("fork-random.md#a-generator-is-memory"),
            check!(they_are_not_the_parents_numbers_either)
                .forks(3)
                .see("fork-random.md#a-generator-is-memory"),
            check!(every_call_gives_others).forks(6).see("fork-random.md#what-helps"),
            check!(a_seed_repeats).forks(6).see("fork-random.md#repeatable"),
            check!(more_children_change_nothing).forks(8).see("fork-random.md#repeatable"),
            check!(another_seed_gives_other_numbers)
                .forks(9)
                .see("fork-random.md#neighbouring-seeds"),
            check!(the_parents_stream_goes_on)
                .forks(6)
                .see("fork-random.md#the-parents-own-numbers"),
            check!(no_children_draw_nothing).forks(0),
            check!(a_fork_that_fails_is_an_error).forks(1).fork_fails_after(1),
        ],
    )
}

fn independent_of(children: usize) -> Vec<Numbers> {
    let numbers = independent(children);
    numbers.unwrap_or_else(|error| panic!("independent({children}) returned the error: {error}"))
}

fn repeatable_of(children: usize, seed: u64) -> Vec<Numbers> {
    let numbers = repeatable(children, seed);
    numbers.unwrap_or_else(|error| {
        panic!("repeatable({children}, {seed}) returned the error: {error}")
    })
}

/// The parent has used its generator before, so there is one to be copied. Two equal numbers of 64
/// bits are no accident; nor are numbers that differ always by the same amount.
fn children_draw_different_numbers() {
    let _: u64 = rand::random();
    let drawn = independent_of(3);
    assert_eq!(drawn.len(), 3, "how many children's numbers there are");
    assert_unrelated(&named("child", &drawn));
}

/// The parent draws next what its children might have drawn from their copies.
fn they_are_not_the_parents_numbers_either() {
    let _: u64 = rand::random();
    let mut drawn = named("child", &independent_of(3));
    let next: [Numbers; 4] = rand::random();
    drawn.extend(next.map(|numbers| ("the parent".to_owned(), numbers)));
    assert_unrelated(&drawn);
}

/// "child 0", "child 1"… and their numbers.
fn named(who: &str, drawn: &[Numbers]) -> Vec<(String, Numbers)> {
    let numbered = drawn.iter().enumerate();
    numbered.map(|(number, drawn)| (format!("{who} {number}"), *drawn)).collect()
}

fn assert_unrelated(drawn: &[(String, Numbers)]) {
    let mut first = HashMap::new();
    for (who, numbers) in drawn {
        for number in numbers {
            if let Some(other) = first.insert(number, who) {
                panic!("{other} and {who} drew the same number, {number:x}");
            }
        }
    }
    for (index, (who, numbers)) in drawn.iter().enumerate() {
        for (other, others) in &drawn[..index] {
            let shifted = all_equal(numbers.iter().zip(others).map(|(a, b)| a.wrapping_sub(*b)));
            let masked = all_equal(numbers.iter().zip(others).map(|(a, b)| a ^ b));
            assert!(
                !shifted && !masked,
                "the numbers of {who} are those of {other}, all changed in the same way:\n\
                 {numbers:x?}\n{others:x?}"
            );
        }
    }
}

fn all_equal(mut numbers: impl Iterator<Item = u64>) -> bool {
    let first = numbers.next();
    numbers.all(|number| Some(number) == first)
}

/// Nothing that is written down in the program: no seed, no number.
fn every_call_gives_others() {
    let mut drawn = named("at the first call child", &independent_of(3));
    drawn.extend(named("at the second call child", &independent_of(3)));
    assert_unrelated(&drawn);
}

/// Whatever happens in between. And with one seed, the children differ nevertheless.
fn a_seed_repeats() {
    let drawn = repeatable_of(3, 42);
    let _: u64 = rand::random();
    assert_eq!(repeatable_of(3, 42), drawn, "the second time, with the same seed");
    assert_unrelated(&named("child", &drawn));
}

/// The work is divided among more children, and the first ones draw what they drew before.
fn more_children_change_nothing() {
    let (three, five) = (repeatable_of(3, 42), repeatable_of(5, 42));
    assert_eq!(five.get(..3), Some(&three[..]), "the first three of five children");
}

/// People use seeds that are neighbours: 41, 42, 43. If child 1 has the generator with seed + 1,
/// then child 1 of seed 41 and child 0 of seed 42 have the same.
fn another_seed_gives_other_numbers() {
    let drawn = [41, 42, 43].map(|seed| {
        let who = format!("with seed {seed} child");
        named(&who, &repeatable_of(3, seed))
    });
    assert_unrelated(&drawn.concat());
}

/// A copy of this process tells what its generator would draw next: for once, that is of use.
fn the_parents_stream_goes_on() {
    let _: u64 = rand::random();
    let foretold = what_comes_next();
    let _ = independent_of(3);
    let drawn: [u64; 2] = rand::random();
    assert_eq!(drawn, foretold[..2], "what the parent draws after independent(3)");
    let _ = repeatable_of(2, 42);
    let drawn: [u64; 2] = rand::random();
    assert_eq!(drawn, foretold[2..], "what the parent draws after repeatable(2, 42)");
}

fn what_comes_next() -> Numbers {
    let (mut reader, mut writer) = pipe().expect("a pipe for the check");
    // SAFETY: a check has one thread.
    match unsafe { fork() }.expect("a fork of the check") {
        ForkResult::Child => {
            let numbers: Numbers = rand::random();
            let sent = writer.write_all(numbers.map(u64::to_ne_bytes).as_flattened());
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(i32::from(sent.is_err())) }
        }
        ForkResult::Parent { child } => {
            let mut bytes = [[0; 8]; 4];
            reader.read_exact(bytes.as_flattened_mut()).expect("numbers of the check");
            waitpid(child, None).expect("a wait of the check");
            bytes.map(u64::from_ne_bytes)
        }
    }
}

/// Not even a fork.
fn no_children_draw_nothing() {
    assert_eq!(independent_of(0), Vec::<Numbers>::new(), "independent(0)");
    assert_eq!(repeatable_of(0, 42), Vec::<Numbers>::new(), "repeatable(0, 42)");
}

/// The second fork fails with EAGAIN, as when there are too many processes.
fn a_fork_that_fails_is_an_error() {
    let error = independent(3).map_err(|error| error.raw_os_error());
    assert_eq!(error, Err(Some(libc::EAGAIN)), "the fork of the second child failed");
}
