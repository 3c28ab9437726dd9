//! What your `independent` and `repeatable` must do.

use std::collections::HashMap;
use std::hash::RandomState;
use std::io::{Read, Write, pipe};
use std::time::Duration;

use grader::plant::{Call, plant};
use grader::{Stranger, Suite, check};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::answers::fork_random::{Numbers, independent, repeatable};

#[path = "tools.rs"]
mod tools;
use tools::says_interrupted;

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
            check!(every_call_gives_different_numbers).forks(6).see("fork-random.md#what-helps"),
            check!(the_parents_stream_goes_on)
                .forks(6)
                .see("fork-random.md#the-parents-own-numbers"),
            check!(every_run_gives_different_numbers).forks(2 * (1 + 2)).see("fork-random.md#what-helps"),
            check!(a_seed_repeats).forks(6).see("fork-random.md#repeatable"),
            check!(more_children_change_nothing).forks(8).see("fork-random.md#repeatable"),
            check!(another_seed_gives_different_numbers)
                .forks(2 * SEEDS.len() as u32)
                .see("fork-random.md#neighbouring-seeds"),
            check!(neighbours_by_any_step_are_no_neighbours)
                .within(Duration::from_secs(10))
                .see("fork-random.md#neighbouring-seeds"),
            check!(no_children_draw_nothing).forks(0),
            check!(more_children_than_a_byte_can_count).forks(2 * 260 + 1).at_most(320).within(Duration::from_secs(15)),
            check!(a_child_of_the_caller_is_left_alone).forks(4),
            check!(a_child_that_dies_is_an_error)
                .if_it_hangs(
                    "A child was killed before it sent anything, and your function still waits for its numbers. Is\n\
                     the write end of the pipe open in the parent?",
                )
                .see("pipes.md#who-holds-the-write-end"),
            check!(a_signal_interrupts_every_wait)
                .plant(Call::Wait.odd().in_parent().interrupted())
                .see("waitpid.md#eintr"),
            check!(a_pipe_that_cannot_be_created_is_an_error),
            check!(a_fork_that_fails_is_an_error).forks(1).fork_fails(2),
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

/// The parent has used its generator before, so the fork copies it. Two equal numbers of 64 bits are
/// no coincidence, and neither are numbers that always differ by the same amount.
fn children_draw_different_numbers() {
    let _: u64 = rand::random();
    let _ = RandomState::new(); // the keys of hash maps come from a generator, too
    let drawn = independent_of(3);
    assert_eq!(drawn.len(), 3, "the number of results");
    assert_unrelated(&named("", &drawn));
}

/// The parent now draws the numbers that its children would have drawn from their copies.
fn they_are_not_the_parents_numbers_either() {
    let _: u64 = rand::random();
    let mut drawn = named("", &independent_of(3));
    let next: [Numbers; 4] = rand::random();
    drawn.extend(next.map(|numbers| ("the parent".to_owned(), numbers)));
    assert_unrelated(&drawn);
}

/// The numbers of "child 0", "child 1"…, each with `of` behind it, as in "child 0 with seed 42".
fn named(of: &str, drawn: &[Numbers]) -> Vec<(String, Numbers)> {
    let numbered = drawn.iter().enumerate();
    numbered.map(|(number, drawn)| (format!("child {number}{of}"), *drawn)).collect()
}

fn assert_unrelated(drawn: &[(String, Numbers)]) {
    assert_unrelated_when("", drawn);
}

fn assert_unrelated_when(when: &str, drawn: &[(String, Numbers)]) {
    let mut first = HashMap::new();
    for (who, numbers) in drawn {
        for number in numbers {
            if let Some(other) = first.insert(number, who) {
                panic!("{when}{other} and {who} drew the same number, {number:x}");
            }
        }
    }
    for (index, (who, numbers)) in drawn.iter().enumerate() {
        for (other, others) in &drawn[..index] {
            let shifted = all_equal(numbers.iter().zip(others).map(|(a, b)| a.wrapping_sub(*b)));
            let masked = all_equal(numbers.iter().zip(others).map(|(a, b)| a ^ b));
            assert!(
                !shifted && !masked,
                "{when}the numbers of {who} are those of {other}, each changed in the same way:\n\
                 {numbers:x?}\n{others:x?}"
            );
        }
    }
}

fn all_equal(mut numbers: impl Iterator<Item = u64>) -> bool {
    let first = numbers.next();
    numbers.all(|number| Some(number) == first)
}

/// The program must not contain a fixed seed or a fixed number.
fn every_call_gives_different_numbers() {
    let mut drawn = named(" of the first call", &independent_of(3));
    drawn.extend(named(" of the second call", &independent_of(3)));
    assert_unrelated(&drawn);
}

/// Two copies of this process represent two runs of a program. They have the same memory and so the
/// same counters, and here also the same PIDs and the same time, all of which another program can
/// predict. Only the system provides numbers that no other program can know.
fn every_run_gives_different_numbers() {
    let _: u64 = rand::random(); // what was made of the system's randomness before is copied too
    let _ = RandomState::new();
    let _frozen = grader::freeze_identity(); // what the system says of PIDs and time
    let mut drawn = named(" of the first run", &in_a_copy(|| independent_of(2)));
    drawn.extend(named(" of the second run", &in_a_copy(|| independent_of(2))));
    assert_unrelated_when("With the same PIDs and at the same time, ", &drawn);
}

/// The numbers are the same whatever happens in between. The children differ nevertheless.
fn a_seed_repeats() {
    let drawn = repeatable_of(3, 42);
    let _: u64 = rand::random();
    assert_eq!(repeatable_of(3, 42), drawn, "a second call with the same seed");
    assert_unrelated(&named("", &drawn));
}

/// With more children, the first ones draw the same numbers as before.
fn more_children_change_nothing() {
    let (three, five) = (repeatable_of(3, 42), repeatable_of(5, 42));
    assert_eq!(five.get(..3), Some(&three[..]), "the first three of five children");
}

/// Typical seeds: neighbours, some that differ in one bit, and some that differ by a number by which a
/// program may multiply.
const SEEDS: [u64; 19] = [
    41,
    42,
    43,
    44,
    42 + 10,
    42 + 31,
    42 + 100,
    42 + 256,
    42 + 1_000,
    42 + 2_000,
    42 + 10_000,
    42 + (1 << 16),
    42 + 100_000,
    42 + 1_000_000,
    42 + (1 << 32),
    42 + (1 << 63),
    0,
    1,
    u64::MAX,
];

/// If child 1 used the generator with seed + 1, then child 1 with seed 41 and child 0 with seed 42
/// would draw the same numbers. With seed + 1000, seeds that are 1000 apart would have this problem.
/// All 64 bits of a seed count.
fn another_seed_gives_different_numbers() {
    let drawn = SEEDS.map(|seed| named(&format!(" with seed {seed}"), &repeatable_of(2, seed)));
    assert_unrelated(&drawn.concat());
}

/// Numbers by which a program may multiply, shift or mix: small ones, primes, powers, and well known
/// ones.
fn steps() -> impl Iterator<Item = u64> {
    let powers = (0..64).map(|bit| 1 << bit).chain((1..20).map(|digits| 10_u64.pow(digits)));
    let is_likely = |step: &u64| {
        *step < 1100 || step.is_multiple_of(100) || (2..100).all(|by| !step.is_multiple_of(by))
    };
    (0..10_000).filter(is_likely).chain(powers).chain(WELL_KNOWN)
}

/// Primes and the constants of known generators and hashes.
const WELL_KNOWN: [u64; 20] = [
    10_007,
    65_537,
    99_991,
    100_003,
    104_729,
    1_000_003,
    0x0100_0193,
    0x0019_660d,
    1_000_000_007,
    1_103_515_245,
    0x7fff_ffff,
    0x9e37_79b1,
    0x9e37_79b9,
    0xdead_beef,
    0x5851_f42d_4c95_7f2d,
    0x14057b7ef767814f,
    0x0100_0000_01b3,
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0xcbf2_9ce4_8422_2325,
];

/// Whichever step leads from the generator of one child to that of the next, another seed can lead to
/// the same place. Which generators the children have is found by trying.
fn neighbours_by_any_step_are_no_neighbours() {
    let drawn = repeatable_of(2, SEED);
    let seed_of = |numbers: &Numbers| {
        let is_its = |seed: &u64| numbers.contains(&StdRng::seed_from_u64(*seed).random());
        steps().flat_map(candidates).find(is_its)
    };
    let [Some(zero), Some(one)] = [0, 1].map(|child: usize| drawn.get(child).and_then(seed_of))
    else {
        return; // they are seeded in another way
    };
    let other = SEED.wrapping_add(one.wrapping_sub(zero));
    let mut drawn = named(&format!(" with seed {SEED}"), &drawn);
    drawn.extend(named(&format!(" with seed {other}"), &repeatable_of(2, other)));
    assert_unrelated(&drawn);
}

const SEED: u64 = 42;

/// What a child's generator may be seeded with.
fn candidates(step: u64) -> [u64; 4] {
    let twice = step.wrapping_mul(2);
    [SEED.wrapping_add(step), SEED ^ step, SEED.wrapping_sub(step), SEED.wrapping_add(twice)]
}

/// A copy of this process shows which numbers its generator would draw next.
fn the_parents_stream_goes_on() {
    let _: u64 = rand::random();
    let foretold = what_comes_next();
    let _ = independent_of(3);
    let drawn: [u64; 2] = rand::random();
    assert_eq!(drawn, foretold[..2], "the parent's numbers after independent(3)");
    let _ = repeatable_of(2, 42);
    let drawn: [u64; 2] = rand::random();
    assert_eq!(drawn, foretold[2..], "the parent's numbers after repeatable(2, 42)");
}

fn what_comes_next() -> Numbers {
    let [numbers] = in_a_copy(|| vec![rand::random()])[..] else {
        panic!("no numbers of the check")
    };
    numbers
}

/// Runs `draw` in a copy of this process, which sends the drawn numbers back.
fn in_a_copy(draw: impl FnOnce() -> Vec<Numbers>) -> Vec<Numbers> {
    let (mut reader, mut writer) = pipe().expect("a pipe for the check");
    // SAFETY: a check has one thread.
    match unsafe { fork() }.expect("a fork of the check") {
        ForkResult::Child => {
            let numbers = draw().concat();
            let sent =
                numbers.iter().try_for_each(|number| writer.write_all(&number.to_ne_bytes()));
            // SAFETY: takes a number, and does not return.
            unsafe { libc::_exit(i32::from(sent.is_err())) }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).expect("numbers of the check");
            waitpid(child, None).expect("a wait of the check");
            let numbers = bytes.as_chunks().0.iter().copied().map(u64::from_ne_bytes);
            numbers.collect::<Vec<u64>>().as_chunks().0.to_vec()
        }
    }
}

/// Without children, there is not even a fork.
fn no_children_draw_nothing() {
    assert_eq!(independent_of(0), Vec::<Numbers>::new(), "independent(0)");
    assert_eq!(repeatable_of(0, 42), Vec::<Numbers>::new(), "repeatable(0, 42)");
}

/// More children than a list of fixed size may hold, and more than a byte can count. (With the generator
/// `seed * 31 + number`, child 31 would draw what child 0 draws with the next seed.)
fn more_children_than_a_byte_can_count() {
    assert_unrelated(&named("", &independent_of(260)));
    let mut drawn = named(" with seed 42", &repeatable_of(260, 42));
    drawn.extend(named(" with seed 43", &repeatable_of(1, 43)));
    assert_unrelated(&drawn);
}

/// The caller has a child of its own, which has ended; then another, which is alive.
fn a_child_of_the_caller_is_left_alone() {
    for _stranger in [Stranger::zombie(), Stranger::alive()] {
        assert_eq!(independent_of(1).len(), 1, "the number of results");
        assert_eq!(repeatable_of(1, 42).len(), 1, "the number of results");
    }
}

/// The first child is killed before it sends its numbers.
fn a_child_that_dies_is_an_error() {
    let killed = plant(Call::Write.nth(1).in_child(0).on_pipes().killed_by(Signal::SIGKILL));
    let numbers = independent(2);
    if killed.happened() {
        assert!(numbers.is_err(), "a signal ended the first child\ngot:    {numbers:x?}");
    }
}

/// A signal handler ran, and the wait fails with EINTR. No child has ended, so wait again.
fn a_signal_interrupts_every_wait() {
    let numbers = repeatable(2, 42);
    if !says_interrupted(numbers.as_ref().err().and_then(std::io::Error::raw_os_error)) {
        let numbers = numbers.map_or(0, |numbers| numbers.len());
        assert_eq!(numbers, 2, "the number of results; waits failed with EINTR");
    }
}

/// The second pipe cannot be created, because too many descriptors are open.
fn a_pipe_that_cannot_be_created_is_an_error() {
    let refused = plant(Call::Pipe.nth(2).in_parent().fails(Errno::EMFILE));
    let numbers = repeatable(3, 42).map_err(|error| error.raw_os_error());
    if refused.happened() {
        assert_eq!(numbers, Err(Some(libc::EMFILE)), "the second pipe failed with EMFILE");
    }
}

/// The second fork fails with EAGAIN, as when there are too many processes. There is no third.
fn a_fork_that_fails_is_an_error() {
    let error = independent(3).map_err(|error| error.raw_os_error());
    assert_eq!(error, Err(Some(libc::EAGAIN)), "the fork of the second child failed");
}
