//! Two processes share a number that starts at 0, and each adds 1 to it twice. The test tries all
//! orders in which their steps can happen.

use std::collections::BTreeSet;

/// A step of a process.
#[derive(Clone, Copy)]
enum Step {
    /// Reads the number into a register of its own.
    Load,
    /// Writes the register plus one.
    Store,
    /// Both at once.
    FetchAdd,
}

/// All values that the number can have at the end.
fn endings(number: u32, registers: [u32; 2], left: [&[Step]; 2]) -> BTreeSet<u32> {
    if left.iter().all(|steps| steps.is_empty()) {
        return BTreeSet::from([number]);
    }
    let one_goes_on = (0..2).filter_map(|who| {
        let (step, rest) = left[who].split_first()?;
        let (mut number, mut registers, mut left) = (number, registers, left);
        left[who] = rest;
        match step {
            Step::Load => registers[who] = number,
            Step::Store => number = registers[who] + 1,
            Step::FetchAdd => number += 1,
        }
        Some(endings(number, registers, left))
    });
    one_goes_on.flatten().collect()
}

#[test]
fn additions_in_two_steps_get_lost() {
    let twice = [Step::Load, Step::Store, Step::Load, Step::Store];
    assert_eq!(endings(0, [0; 2], [&twice, &twice]), BTreeSet::from([2, 3, 4]));
}

#[test]
fn additions_in_one_step_do_not() {
    let twice = [Step::FetchAdd, Step::FetchAdd];
    assert_eq!(endings(0, [0; 2], [&twice, &twice]), BTreeSet::from([4]));
}
