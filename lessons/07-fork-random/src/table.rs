//! The table: a line for each scheme, and the verdict.

use lesson_cli::say;

/// The first line of a group.
pub(crate) fn head(title: &str) {
    say!("\n{title:<40}child1 child2 child3 parent");
}

/// What the children drew, and then the parent.
pub(crate) fn row(what: &str, numbers: &[u64]) {
    let shown: Vec<_> = numbers.iter().map(|number| format!("{:06x}", number >> 40)).collect();
    say!("  {what:<38}{} {}", shown.join(" "), verdict(numbers));
}

fn verdict(numbers: &[u64]) -> &'static str {
    let mut distinct = numbers.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    match distinct.len() {
        1 => "SAME",
        n if n == numbers.len() => "different",
        _ => "partly same",
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn one_number_that_is_alike_is_seen() {
        assert_eq!(verdict(&[7, 7, 7, 7]), "SAME");
        assert_eq!(verdict(&[7, 5, 9, 7]), "partly same");
        assert_eq!(verdict(&[7, 7, 7, 5]), "partly same");
        assert_eq!(verdict(&[7, 5, 9, 6]), "different");
    }
}
