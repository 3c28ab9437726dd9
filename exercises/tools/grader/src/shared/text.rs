//! Small things that make a sentence.

/// "1 child", "2 children".
pub fn count(number: usize, one: &str, many: &str) -> String {
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

/// "At …", as a sentence begins.
pub(crate) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
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

/// Prose in lines of `width` characters at most. Lines that follow each other are one paragraph,
/// unless a line is short, and so the last one of its paragraph, or is set apart: indented, or a
/// value after its name.
pub(crate) fn fold(text: &str, width: usize) -> String {
    let mut folded = String::new();
    let mut previous = "";
    let mut column = 0;
    for line in text.lines() {
        let joins = is_prose(previous) && is_prose(line) && previous.chars().count() >= FULL;
        if !joins && !folded.is_empty() {
            folded.push('\n');
            column = 0;
        }
        previous = line;
        if !is_prose(line) {
            folded.push_str(line);
            continue;
        }
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                folded.push('\n');
                column = 0;
            } else if column > 0 {
                folded.push(' ');
                column += 1;
            }
            folded.push_str(word);
            column += length;
        }
    }
    if !folded.is_empty() {
        folded.push('\n');
    }
    folded
}

/// A line that is not shorter than this is not the last one of its paragraph.
const FULL: usize = 60;

fn is_prose(line: &str) -> bool {
    let apart = [" ", "got:", "wanted:", "- ", "+ "];
    !line.is_empty() && !apart.iter().any(|start| line.starts_with(start))
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
    fn prose_is_folded_and_values_are_not() {
        let long = "Its first line has more than sixty characters, so it is no last one,";
        let text = format!("{long}\nand goes on.\nNew.\n  └─ 2 a tree that is as wide as it is\n");
        let wanted = "Its first line has more than sixty\ncharacters, so it is no last one, and\n\
                      goes on.\nNew.\n  └─ 2 a tree that is as wide as it is\n";
        assert_eq!(fold(&text, 38), wanted);
        assert_eq!(fold("got:    a value that is long\nwanted: b\n", 10).lines().count(), 2);
        assert_eq!(fold("", 10), "");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(quote("a\nb\nc\n", "| ", 1), "| a\n| … and 2 more lines\n");
        assert_eq!(quote("a\nb", "| ", 2), "| a\n| b\n");
    }
}
