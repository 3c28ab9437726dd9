//! Small things that make a sentence.

/// "1 child", "2 children".
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first `most` lines of `text`, each after `indent`, and how many were left out.
pub(crate) fn quote(text: &str, indent: &str, most: usize) -> String {
    let lines = text.lines().take(most).map(|line| format!("{indent}{line}\n"));
    let mut quoted: String = lines.collect();
    let left_out = text.lines().count().saturating_sub(most);
    if left_out > 0 {
        quoted.push_str(&format!("{indent}… and {}\n", count(left_out, "more line", "more lines")));
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        let items = ["3", "4", "5"].map(String::from);
        assert_eq!(list(&items[..0]), "");
        assert_eq!(list(&items[..1]), "3");
        assert_eq!(list(&items[..2]), "3 and 4");
        assert_eq!(list(&items), "3, 4 and 5");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(quote("a\nb\nc\n", "| ", 1), "| a\n| … and 2 more lines\n");
        assert_eq!(quote("a\nb", "| ", 2), "| a\n| b\n");
    }
}
