//! How many processes can run at the same moment, as far as this one is concerned.

use std::io;
use std::thread::available_parallelism;

fn main() -> io::Result<()> {
    println!("cores that I may use: {}", available_parallelism()?);
    Ok(())
}
