//! `cargo bench -p pool`: what a pool costs, measured with criterion.

#![expect(clippy::unwrap_used, reason = "a benchmark may stop at the first error")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pool::{Bytes, Pool};

fn start_and_stop(c: &mut Criterion) {
    c.bench_function("start 2 workers, 2 items, end", |bencher| {
        bencher.iter(|| {
            let pool = Pool::new(2, |x: u64| x * x).unwrap();
            pool.map([3, 4]).unwrap()
        });
    });
}

fn map(c: &mut Criterion) {
    let mut group = c.benchmark_group("map of x*x over 100,000");
    group.throughput(Throughput::Elements(100_000)).sample_size(20);
    for chunk in [Some(1), Some(1000), None] {
        let builder = Pool::builder().workers(2);
        let builder = if let Some(size) = chunk { builder.chunk_size(size) } else { builder };
        let pool = builder.build(|x: u64| black_box(x) * x).unwrap();
        let name = chunk.map_or("default".to_owned(), |size| format!("chunk size {size}"));
        group.bench_function(name, |bencher| bencher.iter(|| pool.map(0..100_000).unwrap()));
    }
}

fn apply(c: &mut Criterion) {
    let pool = Pool::new(2, |x: u64| x + 1).unwrap();
    c.bench_function("apply, one item", |bencher| bencher.iter(|| pool.apply(7).unwrap()));
}

fn large(c: &mut Criterion) {
    let mut group = c.benchmark_group("8 items of 4 MiB there and back");
    group.throughput(Throughput::Bytes(2 * 8 * (4 << 20))).sample_size(20);
    let pool = Pool::new(2, |item: Bytes| item).unwrap();
    let items = || (0..8).map(|x| Bytes(vec![x; 4 << 20])).collect::<Vec<Bytes>>();
    group.bench_function("Bytes", |bencher| {
        bencher.iter_with_setup(items, |items| pool.map(items).unwrap());
    });
}

criterion_group!(benches, start_and_stop, map, apply, large);
criterion_main!(benches);
