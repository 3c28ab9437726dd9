//! How many processes can run at the same moment, as far as this process can tell.

use std::io;
use std::thread::available_parallelism;

fn main() -> io::Result<()> {
    println!("cores that I may use: {}", available_parallelism()?);
    Ok(())
}
