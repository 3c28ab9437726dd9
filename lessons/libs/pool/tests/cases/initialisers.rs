//! Initialisers that fail: the real error, and no loop of new workers.

use std::process;

use pool::{Error, Pool};

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("initialiser_fails", initialiser_fails),
    ("initialiser_panics", initialiser_panics),
    ("initialiser_dies", initialiser_dies),
    ("initialiser_fails_in_a_replacement", initialiser_fails_later),
];

/// A pool of three whose initialiser does this, and how often it was called.
fn initialised(initialiser: fn() -> Result<(), String>) -> (Error, usize) {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(3).initialiser(move || {
        begun.add(0);
        initialiser()
    });
    let error = pool.build(|x: u64| x).map(|_| ()).unwrap_err();
    (error, tally.sorted().len())
}

fn initialiser_fails() {
    let (error, calls) = initialised(|| Err("no such model".to_owned()));
    assert_eq!(error.to_string(), "the worker's initialiser failed: no such model");
    assert!(calls <= 3, "{calls}");
}

fn initialiser_panics() {
    let (error, calls) = initialised(|| panic!("no such model"));
    let text = error.to_string();
    assert!(text.contains("initialisers.rs:") && text.ends_with(": no such model"), "{text}");
    assert!(calls <= 3, "{calls}");
}

fn initialiser_dies() {
    let (error, calls) = initialised(|| process::exit(5));
    let expected = "the worker's initialiser failed: the worker exited with status 5";
    assert_eq!(error.to_string(), expected);
    assert!(calls <= 6, "{calls}");
}

fn initialiser_fails_later() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::builder().workers(2).initialiser(move || {
        begun.add(0);
        if begun.sorted().len() > 2 { Err("later") } else { Ok(()) }
    });
    let pool = pool.build(|x: u64| if x == 1 { process::exit(1) } else { x }).unwrap();
    assert!(pool.apply(1).is_err());
    // One worker is left, and does all.
    assert_eq!(pool.map([2, 3, 4]).unwrap(), [2, 3, 4]);
    assert!(pool.apply(1).is_err());
    // None is left.
    let results = pool.map_all([2, 3]);
    for result in results {
        let error = result.unwrap_err();
        assert!(error.to_string().contains("later"), "{error}");
    }
    assert!(tally.sorted().len() <= 4, "{:?}", tally.sorted());
}
