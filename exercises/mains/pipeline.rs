//! Change this file as you like: `cargo coach run pipeline` runs it, without checks.

use exercises::pipeline::run_pipeline;

fn main() {
    let commands: &[&[&str]] = &[&["yes"], &["head", "-n", "3"], &["cat", "-n"]];
    println!("{:?}", run_pipeline(commands));
    println!("{:?}", run_pipeline(&[&["true"], &["no-such-program"], &["false"]]));
}
