//! Three ways in which an item may fail, and what the pool reports for each.

use std::process::exit;
use std::time::Duration;

use nix::unistd::pause;
use pool::{Error, Pool};

fn main() -> Result<(), Error> {
    let pool = Pool::builder().workers(2).time_limit(Duration::from_millis(500)).build(work)?;
    for result in pool.map_all(0..5) {
        println!("{result:?}", result = result.map_err(|error| error.to_string()));
    }
    Ok(())
}

fn work(item: u64) -> u64 {
    match item {
        1 => panic!("I do not like a 1"),
        2 => exit(7),
        3 => pause(), // until a signal comes, and none does
        _ => {}
    }
    item * item
}
