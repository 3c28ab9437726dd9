use super::*;

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn fits(attributes: &[(&str, &str)], shown: &str, printed: &str) -> bool {
    let mut allowed = Allowed::default();
    for (name, value) in attributes {
        allowed.set(name, value).unwrap();
    }
    PidMapping::default().fit(&lines(shown), &lines(printed), &allowed).is_ok()
}

const FAMILY: &str = "parent 100: go\nchild 0: I am 101, my parent is 100";

#[test]
fn one_consistent_renaming_fits() {
    assert!(fits(&[], FAMILY, FAMILY));
    assert!(fits(&[], FAMILY, "parent 7777: go\nchild 0: I am 7780, my parent is 7777"));
}

#[test]
fn a_wrong_relation_between_processes_does_not_fit() {
    // The child's parent is somebody else.
    assert!(!fits(&[], FAMILY, "parent 7777: go\nchild 0: I am 7780, my parent is 1000"));
    // Two processes in the book, one in the run.
    assert!(!fits(&[], FAMILY, "parent 7777: go\nchild 0: I am 7777, my parent is 7777"));
    // One in the book, two in the run, seen over several commands.
    let mut names = PidMapping::default();
    let allowed = Allowed::default();
    assert!(names.fit(&lines("100"), &lines("555"), &allowed).is_ok());
    assert!(names.fit(&lines("100"), &lines("556"), &allowed).is_err());
}

#[test]
fn a_pid_may_come_again_in_the_next_command() {
    let mut names = PidMapping::default();
    let allowed = Allowed::default();
    assert!(names.fit(&lines("100 101"), &lines("555 556"), &allowed).is_ok());
    assert!(names.fit(&lines("100 102"), &lines("555 556"), &allowed).is_ok());
    assert!(names.fit(&lines("100 103"), &lines("555 555"), &allowed).is_err());
}

#[test]
fn in_a_container_pids_are_short() {
    assert!(fits(&[], FAMILY, "parent 7: go\nchild 0: I am 12, my parent is 7"));
}

#[test]
fn short_numbers_are_facts_and_times_are_not() {
    assert!(fits(&[], "code 2 after 1.50 ms", "code 2 after 913 µs"));
    assert!(!fits(&[], "code 2 after 1 ms", "code 3 after 1 ms"));
    assert!(!fits(&[], "code 2 after 1 ms", "code 2 after 1 kg"));
}

#[test]
fn a_number_may_be_declared_a_fact() {
    assert!(fits(&[], "status 768", "status 512"));
    assert!(!fits(&[("keep", "768")], "status 768", "status 512"));
}

#[test]
fn numbers_vary_where_the_block_says_so() {
    let (shown, printed) = ("speed-up  1.98x of 2", "speed-up 1.7x of 2");
    assert!(!fits(&[], shown, printed));
    assert!(fits(&[("vary", "decimals")], shown, printed));
    assert!(!fits(&[("vary", "decimals")], shown, "speed-up 1.7x of 3"));
    assert!(fits(&[("vary", "numbers")], shown, "speed-up 1.7x of 3"));
    assert!(fits(&[("vary", "numbers")], "100 and 100", "7 and 8"));
}

#[test]
fn what_a_pattern_finds_may_be_any_other_that_it_finds() {
    let shown = "child 100: state R (running), memory 768 kB";
    let printed = "child 55: state S (sleeping), memory 1024 kB";
    let state = ("free", r"state [RSD] \([a-z]+\)");
    assert!(!fits(&[state], shown, "child 55: state S (sleeping), memory 77 MB"));
    assert!(!fits(&[], shown, printed));
    assert!(fits(&[state, ("free", "memory [0-9]+ kB")], shown, printed));
    assert!(!fits(&[state], "state R (running)", "state Z (zombie)"));
    assert!(Allowed::default().set("free", "(").unwrap_err().contains("free"));
}

#[test]
fn any_order_still_needs_a_renaming() {
    let shown = "a 100\nb 100 101\nb 100 102";
    assert!(fits(&[("order", "any")], shown, "b 500 502\nb 500 501\na 500"));
    assert!(!fits(&[("order", "any")], shown, "b 500 502\nb 500 501\na 501"));
    assert!(!fits(&[], shown, "b 500 502\na 500\nb 500 501"));
}

#[test]
fn each_speaker_keeps_its_order() {
    let (shown, order) = ("p: one\nc: one\np: two\nc: two", [("order", "prefix")]);
    assert!(fits(&order, shown, "c: one\nc: two\np: one\np: two"));
    assert!(!fits(&order, shown, "c: two\nc: one\np: one\np: two"));
}

#[test]
fn a_speaker_is_its_pid_whatever_it_calls_itself() {
    let (shown, order) = ("process 100: a\nparent 100: b\nchild 101: c", [("order", "prefix")]);
    assert!(fits(&order, shown, "process 5: a\nchild 6: c\nparent 5: b"));
    assert!(!fits(&order, shown, "parent 5: b\nprocess 5: a\nchild 6: c"));
}

#[test]
fn the_first_and_the_last_lines_have_their_places() {
    let allowed = [("order", "any"), ("first", "1"), ("last", "1")];
    assert!(fits(&allowed, "a\nb\nc\nd", "a\nc\nb\nd"));
    assert!(!fits(&allowed, "a\nb\nc\nd", "b\na\nc\nd"));
    assert!(!fits(&allowed, "a\nb\nc\nd", "a\nb\nd\nc"));
}

#[test]
fn columns_may_shift_with_their_numbers() {
    assert!(fits(&[], "PID   100 S", "PID 12345 S"));
}

#[test]
fn the_complaint_shows_both() {
    let mut names = PidMapping::default();
    let why = names.fit(&lines("a"), &lines("b"), &Allowed::default()).unwrap_err();
    assert!(why.contains("- a\n") && why.contains("+ b\n"), "{why}");
    let why = names.fit(&lines("a"), &lines("a\nb"), &Allowed::default()).unwrap_err();
    assert!(why.contains("1 lines in the book, 2 printed"), "{why}");
}

/// Forty alike lines in an order that does not fit at all: an answer, or a word that there is none.
#[test]
fn the_search_ends() {
    let shown: String = (100..140).map(|n| format!("{n} and {}\n", n + 1)).collect();
    let printed: String = (100..140).map(|n| format!("{n} and {}\n", (n * 7) % 90 + 300)).collect();
    assert!(!fits(&[("order", "any")], &shown, &printed));
}
