//! Change this file as you like: `cargo coach run shared_queue` runs it, without checks.

use exercises::shared_queue::run_queue;

fn main() -> std::io::Result<()> {
    let outcomes = run_queue(6, 2, |item| {
        println!("worker {} does item {item}", std::process::id());
        item as u64 * 10
    })?;
    println!("{outcomes:?}");
    Ok(())
}
