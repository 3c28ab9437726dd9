//! Change this file as you like: `cargo coach run fetch_urls` runs it, without checks.

use std::thread::sleep;
use std::time::{Duration, Instant};

use exercises::fetch_urls::{Page, titles_by_pool, titles_one_by_one};

/// Instead of a client: each page takes a while, and the third is missing.
fn fetch(address: &str) -> Result<Page, String> {
    sleep(Duration::from_millis(200));
    let body = format!("<html><title>The page at {address}</title></html>").into_bytes();
    let status = if address.ends_with('3') { 404 } else { 200 };
    Ok(Page { status, charset: None, body })
}

fn main() {
    let addresses: Vec<String> = (1..=6).map(|n| format!("http://example.org/{n}")).collect();
    let start = Instant::now();
    println!("{:#?}", titles_one_by_one(&addresses, fetch));
    println!("one by one: {:?}", start.elapsed());
    let start = Instant::now();
    println!("{:?}", titles_by_pool(&addresses, 3, fetch).map(|titles| titles.len()));
    println!("by a pool:  {:?}", start.elapsed());
}
