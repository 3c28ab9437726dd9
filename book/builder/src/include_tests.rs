use super::*;

const RUST: &str = "\
//! Head.

const USAGE: &str = \"\\
Use it.
\";

/// Does it.
#[must_use]
pub fn one() -> u8 {
    // Twice.
    match two() {
        0 => {
            1
        }
        n => n,
    }
}

fn two() -> u8 { 2 }

fn long(
    one: u8,
) -> u8 {
    one
}
";

const PYTHON: &str = "\
import os

def one():
    return 1


def two():
    return 2
";

fn quoted(text: &str, from: &str) -> String {
    let range = piece(text, from).unwrap();
    text.lines().skip(range.start).take(range.len()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_piece_goes_from_its_comments_to_the_line_that_closes_it() {
    let one = quoted(RUST, "fn one");
    assert!(one.starts_with("/// Does it.\n#[must_use]\npub fn one"), "{one}");
    assert!(one.ends_with("    }\n}"), "{one}");
    let inner = quoted(RUST, "match two");
    assert!(inner.starts_with("    // Twice.\n") && inner.ends_with("\n    }"), "{inner}");
    assert_eq!(quoted(RUST, "0 =>"), "        0 => {\n            1\n        }");
    assert!(quoted(RUST, "fn long").ends_with(") -> u8 {\n    one\n}"));
    assert_eq!(quoted(RUST, "n =>"), "        n => n,");
    assert_eq!(quoted(RUST, "fn two"), "fn two() -> u8 { 2 }");
    assert!(quoted(RUST, "const USAGE").ends_with("Use it.\n\";"));
}

#[test]
fn a_piece_of_python_ends_with_its_indentation() {
    assert_eq!(quoted(PYTHON, "def one"), "def one():\n    return 1");
    assert_eq!(quoted(PYTHON, "def two"), "def two():\n    return 2");
    assert_eq!(quoted(PYTHON, "import os"), "import os");
}

#[test]
fn a_first_line_must_be_there_once() {
    assert!(piece(RUST, "fn three").unwrap_err().contains("0 lines"));
    assert!(piece(RUST, "fn").unwrap_err().contains("3 lines"));
}

fn complaint(file: &str, content: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.rs"), file).unwrap();
    directives(content).find_map(|found| match found {
        Ok((_, directive)) => wrong(folder.path(), content, &directive),
        Err((_, why)) => Some(why),
    })
}

#[test]
fn a_missing_file_and_a_missing_anchor_are_named() {
    assert!(complaint("", "{{#include y.rs}}").unwrap().contains("y.rs"));
    assert!(complaint("", "{{#include x.rs:a}}").unwrap().contains("`ANCHOR: a`"));
    assert!(complaint("// ANCHOR: a\n", "{{#include x.rs:a}}").unwrap().contains("ANCHOR_END"));
    let good = "// ANCHOR: a\n1\n// ANCHOR_END: a\n";
    assert_eq!(complaint(good, "{{#include x.rs:a}}"), None);
    assert!(complaint("", "{{#playground x.rs}}").unwrap().contains("playground"));
    assert!(complaint("", "{{#include ../exercises/src/x.rs}}").unwrap().contains("learner"));
    assert!(complaint("", "{{#include x.rs").unwrap().contains("not"));
}

#[test]
fn line_numbers_that_have_moved_are_an_error_that_bless_corrects() {
    let content = |part: &str| format!("```rust,from=fn two\n{{{{#include x.rs:{part}}}}}\n```\n");
    assert_eq!(complaint(RUST, &content("19:19")), None);
    assert!(complaint(RUST, &content("3:4")).unwrap().contains("19:19, not 3:4"));
    assert!(complaint(RUST, "{{#include x.rs:3:4}}").unwrap().contains("from="));

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.rs"), RUST).unwrap();
    let two = content("3:4") + "\ntext\n\n" + &content("1:1");
    let blessed = bless(folder.path(), &two);
    assert_eq!(blessed, content("19:19") + "\ntext\n\n" + &content("19:19"));
}

#[test]
fn a_quoted_piece_stands_at_the_left_margin_and_says_where_it_is_from() {
    let html = tidy("```rust,source=a/b.rs,from=x\n    one\n\n        two\n```\n");
    assert!(html.contains("```rust\none\n\n    two\n```\n"), "{html}");
    assert!(html.contains("a/b.rs"), "{html}");
}
