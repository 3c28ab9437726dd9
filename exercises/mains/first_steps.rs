//! Change this file as you like: `cargo coach run first_steps` runs it, without checks.

use exercises::first_steps::{end_in_child, status_of};

fn main() {
    println!("parent: PID {}", std::process::id());
    match end_in_child(7) {
        Ok(child) => println!("child {child} ended with {:?}", status_of(child)),
        Err(error) => println!("there is no child: {error}"),
    }
}
