//! Jobs divided among children in three ways: how many jobs each child gets.
//!
//! Usage: batches JOBS CHILDREN

use std::process::ExitCode;

fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args().skip(1).flat_map(|word| word.parse()).collect();
    let &[jobs, children @ 1..=64] = numbers.as_slice() else {
        eprintln!("usage: batches JOBS CHILDREN, with 1 to 64 children");
        return ExitCode::from(2);
    };
    show("remainder last", &rest_to_the_last(jobs, children));
    show("rounded up", &rounded_up(jobs, children));
    show("fair", &fair(jobs, children));
    ExitCode::SUCCESS
}

fn show(way: &str, sizes: &[usize]) {
    let list: Vec<String> = sizes.iter().map(usize::to_string).collect();
    println!("{way:<17} {}", list.join(" "));
}

/// Every child gets jobs / children, rounded down, and the last one also gets the remainder.
fn rest_to_the_last(jobs: usize, children: usize) -> Vec<usize> {
    let mut sizes = vec![jobs / children; children];
    sizes[children - 1] += jobs % children;
    sizes
}

/// Batches of jobs / children, rounded up, until no jobs are left.
fn rounded_up(jobs: usize, children: usize) -> Vec<usize> {
    let jobs = vec![(); jobs];
    let size = jobs.len().div_ceil(children).max(1);
    jobs.chunks(size).map(<[()]>::len).collect()
}

/// As the lesson does it.
fn fair(jobs: usize, children: usize) -> Vec<usize> {
    let parts = children.min(jobs);
    (0..parts).map(|i| jobs * (i + 1) / parts - jobs * i / parts).collect()
}
