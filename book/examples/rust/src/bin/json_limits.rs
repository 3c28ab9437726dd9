//! What JSON cannot hold: where the crate serde_json reports it, and where it does not.

use std::collections::BTreeMap;

fn main() -> Result<(), serde_json::Error> {
    let map = BTreeMap::from([((1, 2), "a point")]);
    println!("a map with pairs as keys: {:?}", serde_json::to_string(&map));

    let sent = serde_json::to_string(&f64::NAN)?;
    println!("not a number: {sent:?}");
    println!("and back: {:?}", serde_json::from_str::<f64>(&sent));
    Ok(())
}
