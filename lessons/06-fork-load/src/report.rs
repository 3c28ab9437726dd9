//! The table, and how to read it.

use lesson_cli::{Failure, say};

use crate::measure::{self, Run};

pub(crate) fn head(size: u64) {
    let (size, cores) = (grouped(size), cores());
    say!("The work: counting the Collatz steps of all numbers from 1 to {size}.");
    say!("This process may use {cores}. All times are in seconds.\n");
    say!("children    wall    user  system  speed-up  steps counted");
}

/// One line; `one` is the run with one child.
pub(crate) fn row(run: &Run, one: &Run) {
    let [wall, user, system] = [run.wall, run.user, run.system].map(|time| time.as_secs_f64());
    let (speed_up, steps) = (run.speed_up(one), grouped(run.steps));
    let children = run.children;
    say!("{children:>8} {wall:>7.3} {user:>7.3} {system:>7.3} {speed_up:>9.2} {steps:>14}");
}

/// The speed-up means something only if every run did the same work.
pub(crate) fn verdict(runs: &[Run]) -> Result<(), Failure> {
    if let Some(other) = runs.iter().find(|run| run.steps != runs[0].steps) {
        let (some, steps) = (grouped(other.steps), grouped(runs[0].steps));
        let children = other.children;
        return Err(Failure::Other(format!("{children} children counted {some}, not {steps}")));
    }
    say!("\nEvery run counted the same steps, so every run did the same work.");
    say!("Wall time is how long you wait; user and system time add up over all children.");
    if runs.iter().any(|run| run.share_of_cores() < 0.75) {
        say!("The children did not have the cores to themselves: other programs are running,");
        say!("or a limit on processor time is set. Run it again when the machine is idle.");
    }
    Ok(())
}

/// "1 core", "2 cores".
pub(crate) fn cores() -> String {
    let cores = measure::cores();
    format!("{cores} core{}", if cores == 1 { "" } else { "s" })
}

/// Digits in groups of three: 1234567 is 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn digits_in_threes() {
        let expected = ["0", "999", "1,000", "1,234,567"];
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), expected);
    }

    #[test]
    fn a_run_that_counted_something_else_is_named() {
        let second = Duration::from_secs(1);
        let one = Run { children: 1, steps: 5000, wall: second, user: second, system: second };
        let two = Run { children: 2, steps: 4999, ..one };
        let failure = verdict(&[one, two]).expect_err("not the same work");
        assert!(format!("{failure:?}").contains("2 children counted 4,999, not 5,000"));
    }
}
