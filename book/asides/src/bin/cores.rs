//! How many processes can run at the same moment, as far as this one is concerned.

use std::io;
use std::thread::available_parallelism;

fn main() -> io::Result<()> {
    println!("I may use {} cores", available_parallelism()?);
    Ok(())
}
