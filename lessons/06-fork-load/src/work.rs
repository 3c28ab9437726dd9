//! The work: something that keeps a processor busy, can be divided into any number of shares, and
//! has a result that shows whether all of it was done.

/// Numbers are dealt out in blocks of this size, so that every share gets small and large ones.
const BLOCK: usize = 1000;

/// The sum of the Collatz steps of one share of the numbers 1 to `size`, when their blocks are
/// dealt out to `shares` in turn. `share` counts from 0.
pub(crate) fn share_of_steps(size: u64, share: usize, shares: usize) -> u64 {
    let blocks = (1..=size).step_by(BLOCK).skip(share).step_by(shares);
    blocks.map(|first| (first..=size).take(BLOCK).map(collatz_steps).sum::<u64>()).sum()
}

/// How many steps take `n` to 1: an even number is halved, an odd one tripled, plus one.
/// Every number below 2^68 is known to reach 1 (<https://oeis.org/A006577>).
fn collatz_steps(mut n: u64) -> u64 {
    let mut steps = 0;
    while n != 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_literature() {
        // https://oeis.org/A006577
        assert_eq!([1, 2, 3, 7, 27].map(collatz_steps), [0, 1, 7, 16, 111]);
    }

    #[test]
    fn every_cut_holds_every_number_once() {
        let whole: u64 = (1..=12_345).map(collatz_steps).sum();
        for shares in [1, 2, 7, 13, 64] {
            let sum: u64 = (0..shares).map(|share| share_of_steps(12_345, share, shares)).sum();
            assert_eq!(sum, whole, "{shares} shares");
        }
    }
}
