use pool::Pool;

fn main() -> Result<(), pool::Error> {
    // The workers inherit the closure; only numbers and results are sent.
    let pool = Pool::new(3, |n: u64| {
        (1..=n).try_fold(1u64, u64::checked_mul).expect("the product fits into 64 bits")
    })?;
    for (n, result) in (18..).zip(pool.map_all(18..=22)) {
        match result {
            Ok(product) => println!("{n}! = {product}"),
            Err(error) => println!("{n}!: {error}"),
        }
    }
    Ok(())
}
