//! Change this file as you like: `cargo coach run many_forks` runs it, without checks.

use std::thread::sleep;
use std::time::Duration;

use exercises::many_forks::run_children;

fn main() {
    // The first child works longest.
    let ended = run_children(3, |number| {
        sleep(Duration::from_millis(300 - 100 * number as u64));
        println!("child {number}: PID {}", std::process::id());
        number as u8
    });
    println!("{ended:#?}");
}
