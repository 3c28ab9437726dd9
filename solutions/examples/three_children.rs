//! Three children of the reference of many_forks, and in which order it reports them: for a search of
//! all orders.
//!
//! ```text
//! cargo build -p solutions --example three_children
//! cargo run -p lesson-every-order -- target/debug/examples/three_children
//! ```

use solutions::many_forks::run_children;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ended = run_children(3, |number| u8::try_from(number).unwrap_or(u8::MAX))?;
    println!("{:?}", ended.iter().map(|(number, _)| number).collect::<Vec<_>>());
    Ok(())
}
