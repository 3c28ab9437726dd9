//! Change this file as you like: `cargo coach run fix_the_fork` runs it, without checks.

use std::env::temp_dir;

use exercises::fix_the_fork::add_in_child;

fn main() {
    let journal = add_in_child(&temp_dir(), &[1, 2, 3], |numbers| numbers.iter().sum());
    println!("the journal: {journal:?}");
}
