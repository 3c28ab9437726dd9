//! Random numbers after a fork. A run shows:
//!
//! * a generator is memory like any other: a fork copies it, and every child draws the *same*
//!   numbers, which are also the parent's next ones;
//! * rand does not prevent that, and even making a new generator in the child may be a trap;
//! * what helps, and what also gives the same results in the next run;
//! * after how many numbers the copies diverge by themselves.
//!
//! Each line of the table is a short function in `schemes.rs`.

mod children;
mod schemes;
mod table;

use std::process::ExitCode;

use lesson_cli::{Args, Failure, say};

const USAGE: &str = "\
The same random numbers in every child, why, and what helps.

Usage: lesson-fork-random [--seed N]
Example: cargo run -p lesson-fork-random -- --seed 7

  --seed N   the seed for repeatable numbers, a 64-bit integer (default 42)
  --help     show this text
";

fn main() -> ExitCode {
    lesson_cli::run(USAGE, lesson)
}

fn lesson(mut args: Args) -> Result<(), Failure> {
    let seed = args.number_option("--seed", 0..=u64::MAX)?.unwrap_or(42);
    args.finish()?;

    say!("Three children draw one number each; then the parent draws its next one.");
    say!("Numbers have 64 bits; the first 6 hexadecimal digits are shown. The seed is {seed}.");
    for (title, schemes) in schemes::GROUPS {
        table::head(title);
        for scheme in schemes {
            let mut draw = (scheme.prepare)(seed);
            let mut numbers = children::draw(1, &mut draw)?.concat();
            numbers.push(draw(0).map_err(children::no_random_numbers)?);
            table::row(scheme.what, &numbers);
        }
    }
    how_long_the_same()
}

/// Counts how many numbers the copies of one generator have in common.
fn how_long_the_same() -> Result<(), Failure> {
    const COUNT: usize = 10_000;
    rand::rng().reseed().map_err(children::no_random_numbers)?; // as if never used yet
    let mut draw = schemes::rng_used_before_the_fork(0);
    let children = children::draw(COUNT, &mut draw)?;
    let equal = |at: &usize| children.iter().all(|child| child[*at] == children[0][*at]);
    let same = (0..COUNT).take_while(equal).count();
    let (others, later) = (COUNT - same, (same..COUNT).filter(equal).count());

    say!("\nFor how long? rng() was used once, then three children drew {COUNT} numbers each.");
    say!("The first {same} were equal in all three; of the other {others}, {later} were equal.");
    say!("After 64 KiB, which is 8192 numbers, rng() takes a new seed from the system, and");
    say!("the children diverge. That is much too late: reseed first thing in the child.");
    Ok(())
}
