//! A worker that is killed at its item. The pool names the item, and has the results of the others.

use nix::sys::signal::{Signal, raise};
use pool::{Error, Pool};

fn main() -> Result<(), Error> {
    let pool = Pool::new(2, square)?;
    for (item, result) in pool.map_all(0..6).into_iter().enumerate() {
        match result {
            Ok(square) => println!("parent: item {item} has the result {square}"),
            Err(error) => println!("parent: {error}"),
        }
    }
    println!("parent: the pool still works: {:?}", pool.map(6..9)?);
    Ok(())
}

/// Item 3 does what the system does to a process when memory runs out.
fn square(item: u64) -> u64 {
    if item == 3 {
        let _ = raise(Signal::SIGKILL);
    }
    item * item
}
