//! Change this file as you like: `cargo coach run run_with_limit` runs it, without checks.

use std::time::Duration;

use exercises::run_with_limit::run_with_limit;

fn main() {
    for script in ["exit 3", "sleep 5 & sleep 5 & wait", "trap '' TERM; sleep 5", "sleep 5 & true"]
    {
        let outcome = run_with_limit(&["sh", "-c", script], Duration::from_millis(200));
        println!("{script}: {outcome:?}");
    }
}
