//! HAZARD: `println!` into a pipe that nobody reads from any more panics.

fn main() {
    for line in 1..=1_000_000 {
        println!("line {line}");
    }
}
