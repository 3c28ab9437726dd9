//! Change this file as you like: `cargo coach run shutdown` runs it, without checks. While it runs,
//! send it SIGTERM from another terminal, once or twice.

use std::process::id;
use std::time::Duration;

use exercises::shutdown::process_until_told;

fn main() {
    println!("kill -TERM {}", id());
    let report = process_until_told(6, 2, |item| {
        println!("PID {}: item {item} begun", id());
        std::thread::sleep(Duration::from_millis(500));
        println!("PID {}: item {item} done", id());
        0
    });
    println!("{report:?}");
}
