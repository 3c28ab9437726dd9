//! Cutting a list of jobs into batches.

/// Cuts `items`, in their order, into `parts` batches whose sizes differ by at most one. If there
/// are fewer items than parts, each item is a batch of its own; no batch is ever empty.
///
/// Batch `i` begins at item number n·i/k, rounded down. Neighbouring bounds are n/k apart, rounded
/// down or up, and the last bound is n, so no item is left over.
pub(crate) fn divide<T>(items: &[T], parts: usize) -> Vec<&[T]> {
    let parts = parts.min(items.len());
    let bound = |i| items.len() * i / parts;
    (0..parts).map(|i| &items[bound(i)..bound(i + 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::divide;

    #[test]
    fn all_items_in_order_in_batches_that_differ_by_at_most_one() {
        for count in 0..50 {
            let items: Vec<usize> = (0..count).collect();
            for parts in 1..20 {
                let batches = divide(&items, parts);
                assert_eq!(batches.len(), parts.min(count), "{count} items, {parts} parts");
                assert_eq!(batches.concat(), items, "{count} items, {parts} parts");
                let sizes = batches.iter().map(|batch| batch.len());
                let spread = sizes.clone().max().unwrap_or(0) - sizes.min().unwrap_or(0);
                assert!(spread <= 1, "{count} items, {parts} parts: {batches:?}");
            }
        }
    }

    #[test]
    fn ten_items_in_four_parts() {
        let sizes: Vec<usize> = divide(&[(); 10], 4).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [2, 3, 2, 3]);
    }

    #[test]
    fn fewer_items_than_parts_are_a_batch_each() {
        assert_eq!(divide(&["a", "b"], 5), [["a"], ["b"]]);
    }

    #[test]
    fn no_items_are_no_batch() {
        assert!(divide::<u8>(&[], 4).is_empty());
    }
}
