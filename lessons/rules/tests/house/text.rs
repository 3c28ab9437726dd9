//! What must not be written in a file of this repository.

use crate::tree;

/// A path in a person's folder or on the machine of one of us. A page may show one as an example,
/// of a user called `me` or `you`.
fn names_a_machine(line: &str) -> bool {
    let starts = [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("C:\\Us", "ers\\")];
    let example = |rest: &str| ["me/", "you/"].iter().any(|user| rest.starts_with(user));
    let private = |start: &str| line.split(start).skip(1).any(|rest| !example(rest));
    let absolute = |folder: &str| {
        line.match_indices(folder).any(|(at, _)| !line[..at].ends_with(is_part_of_a_path))
    };
    starts.into_iter().any(private)
        || [concat!("/ro", "ot/"), concat!("/wo", "rk/")].into_iter().any(absolute)
}

fn is_part_of_a_path(character: char) -> bool {
    character.is_alphanumeric() || "./_-}{~*<>".contains(character)
}

/// A test that is not run.
fn ignores_a_test(line: &str) -> bool {
    line.trim_start().starts_with(concat!("#[", "ignore"))
}

/// A block of Rust code that no compiler sees.
fn is_unchecked_block(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("//!").trim_start_matches("///").trim_start();
    let info = line.trim_start_matches('>').trim_start().strip_prefix("```");
    info.is_some_and(|info| info.split(',').any(|word| word.trim() == "ignore"))
}

/// A lesson by its number. Lessons are called by their names, because numbers change.
fn numbers_a_lesson(line: &str) -> bool {
    let line = line.to_lowercase();
    ["lesson ", "lessons "].iter().any(|word| {
        line.split(word).skip(1).any(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
    })
}

/// A shell's line into which a path was pasted. A path may have blanks and quotes in it; given as an
/// argument, it is `"$0"` in the line.
fn pastes_a_path(line: &str) -> bool {
    [concat!("; exec ", "{"), concat!("exec ", "'{")].iter().any(|pasted| line.contains(pasted))
}

/// What is counted in the words that a learner reads.
const COUNTED: &[&str] = &[
    "answers",
    "attempts",
    "batches",
    "bytes",
    "calls",
    "characters",
    "checks",
    "children",
    "descriptors",
    "exercises",
    "files",
    "hints",
    "hours",
    "items",
    "lines",
    "minutes",
    "orders",
    "pipes",
    "processes",
    "records",
    "rounds",
    "runs",
    "seconds",
    "signals",
    "steps",
    "tasks",
    "threads",
    "times",
    "workers",
    "zombies",
];

/// Numbers that are never one where they stand, each with why.
const MANY: &[&str] = &[
    "{count} times\")",                   // the function for it: one is "once"
    "({} times)\", group.len()",          // a group of one has no number
    "{count} lines\")",                   // one is "line"
    "{each} bytes\")",                    // one is "one byte"
    "than {limit} processes existed",     // limits of checks are larger
    "the limit of {limit} processes was", // the same
    "polled {questions} times within",    // more than 500
    "checked {looks} times whether",      // more than 2, as in the next two
    "asked {looks} times in vain whether",
    "forked {forks} children for 305", // as many as there are attempts
    "Line {line} calls `{call}`",      // the number of a line
    "{} files done\", 3",
    "cut off after {end} bytes",             // no reader sees it
    "called write {} times and read {}",     // of a pool: a tenth of them, as in 2.5
    "most {most} workers existed at",        // three workers
    "to {most} workers existed at",          // more than three
    "{writes} calls of write, because",      // of four children
    "called write {writes} times for",       // more than 150
    "opened {opens} files to find",          // more than 3
    "opened the log {opens} times. What",    // more than 20
    "for {each} bytes on average",           // a page of memory at least
    "{count} children, of which child",      // 3 and 2
    "passed} of {} checks passed",           // an exercise has more
    "client made {calls} calls in",          // more than 1000
    "Your function printed {lengths} bytes", // of 300000
    "in all) … {end}",                       // a long line
    "{bytes} bytes travelled from",          // a page's title with its number
    "_ => format!(\"{} hours\"",             // more than 90 minutes
    "2 items for {count} children",          // more than five
    "your function asked {} times",          // more than four
    "but {ended} workers ended with an",     // more than four
    "the status of a line of {} bytes",      // hundreds
];

/// A number before a plural: with one, it reads "1 children". `grader::count` takes both words.
fn counts_one_as_many(line: &str) -> bool {
    let is_comment = line.trim_start().starts_with("//");
    let plural = |rest: &str| {
        let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
        COUNTED.contains(&word.as_str())
    };
    let number =
        |before: &str| before.rfind('{').is_some_and(|at| !before[at..].contains([' ', '"', ':']));
    let counts =
        line.match_indices("} ").any(|(at, _)| number(&line[..at]) && plural(&line[at + 2..]));
    counts && !is_comment && !MANY.iter().any(|many| line.contains(many))
}

#[test]
fn one_thing_is_no_plural() {
    let mut found = tree::lines_that(&[".rs"], counts_one_as_many);
    found.retain(|line| {
        let is_read =
            ["exercises/tests/", "exercises/tools/"].iter().any(|of| line.starts_with(of));
        is_read && !line.contains("/tools/coach/tests/") && !line.contains("/tools/grader/tests/")
    });
    tree::assert_none("a number has the singular too (grader::count)", &found);

    assert!(counts_one_as_many("\"Of the {children} children that were\""));
    assert!(counts_one_as_many("format!(\"{} exercises solved\", solved)"));
    assert!(!counts_one_as_many("format!(\"{what} were\")") && !counts_one_as_many("// {n} items"));
}

#[test]
fn shells_are_given_paths_as_arguments() {
    let found = tree::lines_that(&[".rs"], pastes_a_path);
    tree::assert_none("a path is an argument of a shell's line, no part of it", &found);

    assert!(pastes_a_path(concat!("format!(\"ulimit -v 1; exec ", "'{BINARY}' .\")")));
    assert!(!pastes_a_path("\"ulimit -v 1; exec \\\"$0\\\" .\""));
}

/// Text with Windows' line ends, which break shell scripts and recorded output.
fn has_carriage_returns(text: &str) -> bool {
    text.contains("\r\n")
}

#[test]
fn every_line_ends_as_on_unix() {
    let is_windows = |file: &String| tree::text(file).is_some_and(|it| has_carriage_returns(&it));
    let found: Vec<String> = tree::our_files().filter(is_windows).collect();
    tree::assert_none("every line ends as on Unix (.gitattributes sees to it)", &found);

    let pinned = tree::text(".gitattributes").expect("a text");
    assert!(pinned.lines().any(|line| line == "* text=auto eol=lf"), "{pinned}");
    assert!(has_carriage_returns("a\r\nb\r\n") && !has_carriage_returns("a\nb\n"));
}

#[test]
fn no_path_of_a_machine() {
    let all = [""]; // every ending
    tree::assert_none(
        "no file names a path of a machine",
        &tree::lines_that(&all, names_a_machine),
    );

    let bad =
        ["cd /ho|me/anna/x", "x=\"/Us|ers/b/c\"", "in /ro|ot/.cargo", " /wo|rk/x", "\"/ro|ot/\""];
    let bad = bad.map(|line| line.replace('|', "")); // this file must not hold them, either
    let good =
        ["/home/me/t", "/home/you/", "a/root/b", "./work/x", "{root}/work/", "the root/leaf of it"];
    assert!(bad.iter().all(|line| names_a_machine(line)), "{bad:?}");
    assert!(!good.iter().any(|line| names_a_machine(line)), "{good:?}");
}

#[test]
fn every_test_is_run() {
    let found = tree::lines_that(&[".rs"], ignores_a_test);
    tree::assert_none("no test is ignored", &found);

    assert!(ignores_a_test(concat!("    #[", "ignore = \"slow\"]")));
    assert!(!ignores_a_test("// ignore"));
}

#[test]
fn every_block_of_rust_is_compiled() {
    let found = tree::lines_that(&[".rs", ".md"], is_unchecked_block);
    tree::assert_none("every block of Rust code is compiled", &found);

    let bad = [
        concat!("```", "rust,ignore"),
        concat!("/// ```", "ignore"),
        concat!("> ```", "rust, ignore"),
    ];
    assert!(bad.iter().all(|line| is_unchecked_block(line)), "{bad:?}");
    assert!(
        !["```rust", "```text", "``ignore``", "/// ```no_run"]
            .iter()
            .any(|l| is_unchecked_block(l))
    );
}

#[test]
fn lessons_are_called_by_their_names() {
    let found = tree::lines_that(&[".rs", ".md", ".toml", ".py"], numbers_a_lesson);
    tree::assert_none("a lesson is called by its name, which lasts", &found);

    assert!(
        numbers_a_lesson(concat!("see lesson ", "08."))
            && numbers_a_lesson(concat!("Lessons ", "1 and 2"))
    );
    assert!(!numbers_a_lesson("lesson fork-load, 2 children") && !numbers_a_lesson("lessons/02-x"));
}
