//! HAZARD: `println!` panics when it writes into a pipe without a reader.

fn main() {
    for line in 1..=1_000_000 {
        println!("line {line}");
    }
}
