//! `map` and `map_all` when nothing goes wrong.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process;

use pool::Pool;
use serde::{Deserialize, Serialize};

use crate::Case;
use crate::tally::Tally;

pub(crate) const CASES: &[Case] = &[
    ("map_keeps_the_order", keeps_the_order),
    ("map_of_nothing", of_nothing),
    ("map_with_more_workers_than_items", more_workers_than_items),
    ("map_runs_each_item_once", runs_each_item_once),
    ("map_takes_any_serde_type", any_serde_type),
    ("map_uses_all_workers", uses_all_workers),
    ("workers_inherit_what_the_function_captured", inherit),
    ("a_worker_keeps_its_own_memory", own_memory),
    ("two_pools_at_once", two_pools),
    ("a_pool_in_a_worker", nested),
    ("an_input_that_uses_the_pool", reentrant),
    ("a_zero_sized_item", zero_sized),
];

fn keeps_the_order() {
    let squares: Vec<u64> = (0..20_000).map(|x| x * x).collect();
    for workers in [1, 2, 3, 7] {
        for chunk in [1, 7, 1000] {
            let pool = Pool::builder().workers(workers).chunk_size(chunk);
            let pool = pool.build(|x: u64| x * x).unwrap();
            assert!(pool.map(0..20_000).unwrap() == squares, "{workers} workers, chunk {chunk}");
        }
        let pool = Pool::new(workers, |x: u64| x * x).unwrap();
        for _ in 0..3 {
            assert!(pool.map(0..20_000).unwrap() == squares, "{workers} workers");
        }
    }
}

fn of_nothing() {
    let pool = Pool::new(2, |x: u64| x).unwrap();
    assert_eq!(pool.map([]).unwrap(), []);
    assert!(pool.map_all([]).is_empty());
}

fn more_workers_than_items() {
    let pool = Pool::new(8, |x: u64| x + 1).unwrap();
    assert_eq!(pool.map([1, 2]).unwrap(), [2, 3]);
}

fn runs_each_item_once() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::new(3, move |x: u64| begun.add(x)).unwrap();
    pool.map(0..5000).unwrap();
    assert!(tally.sorted() == (0..5000).collect::<Vec<u64>>());
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Named { name: String, sides: Option<Vec<f64>> },
    Tree(BTreeMap<String, Box<Shape>>),
}

fn any_serde_type() {
    let named = Shape::Named { name: "Dreieck – ∆".to_owned(), sides: Some(vec![1.5, -0.0]) };
    let tree = BTreeMap::from([(String::new(), Box::new(named.clone()))]);
    let shapes = vec![Shape::Empty, named, Shape::Tree(tree)];
    let pool = Pool::new(2, |shape: Shape| (shape.clone(), format!("{shape:?}"))).unwrap();
    for (shape, (same, text)) in shapes.iter().zip(pool.map(shapes.clone()).unwrap()) {
        assert_eq!((shape, format!("{shape:?}")), (&same, text));
    }
}

/// Each of two items waits until the other has begun: both workers must be at work at once.
fn uses_all_workers() {
    let tally = Tally::new();
    let begun = tally.clone();
    let pool = Pool::new(2, move |x: u64| {
        begun.add(x);
        while begun.sorted().len() < 2 {
            std::thread::yield_now();
        }
        process::id()
    });
    let pids: BTreeSet<u32> = pool.unwrap().map([0, 1]).unwrap().into_iter().collect();
    assert_eq!(pids.len(), 2);
    assert!(!pids.contains(&process::id()));
}

fn inherit() {
    let words: Vec<String> = (0..1000).map(|x| format!("word {x}")).collect();
    let pool = Pool::new(2, move |x: usize| words[x].clone()).unwrap();
    assert_eq!(pool.map([999, 0]).unwrap(), ["word 999", "word 0"]);
}

fn own_memory() {
    let mut count = 0;
    let pool = Pool::new(1, move |(): ()| {
        count += 1;
        count
    });
    assert_eq!(pool.unwrap().map([(); 4]).unwrap(), [1, 2, 3, 4]);
    assert_eq!(count, 0);
}

fn two_pools() {
    let add = Pool::new(2, |x: u64| x + 1).unwrap();
    let double = Pool::new(2, |x: u64| x * 2).unwrap();
    let sums = add.imap(0..1000).map(Result::unwrap);
    let both: Vec<u64> = double.imap(sums).map(Result::unwrap).collect();
    assert!(both == (0..1000).map(|x| (x + 1) * 2).collect::<Vec<u64>>());
    drop(add);
    assert_eq!(double.apply(4).unwrap(), 8);
}

fn nested() {
    let pool = Pool::new(2, |x: u64| {
        let inner = Pool::new(2, |y: u64| y * y).unwrap();
        inner.map(0..x).unwrap().into_iter().sum::<u64>()
    });
    assert_eq!(pool.unwrap().map([3, 4]).unwrap(), [5, 14]);
}

fn reentrant() {
    let pool = Pool::new(2, |x: u64| x + 1).unwrap();
    let once = pool.imap(0..1000).map(Result::unwrap);
    let twice: Vec<u64> = pool.imap(once).map(Result::unwrap).collect();
    assert!(twice == (2..1002).collect::<Vec<u64>>());
}

fn zero_sized() {
    let pool = Pool::new(2, |(): ()| ()).unwrap();
    assert_eq!(pool.map([(); 3000]).unwrap().len(), 3000);
}
