//! Change this file as you like: `cargo coach run fork_random` runs it, without checks.

use exercises::fork_random::{independent, repeatable};

fn main() {
    println!("independent: {:#?}", independent(3));
    println!("repeatable:  {:#?}", repeatable(3, 42));
    println!("and again:   {:#?}", repeatable(3, 42));
}
