//! Step 3: all recipes of a plan, several at once.

use std::time::Duration;

use grader::plant::Call;
use grader::{Check, Stranger, check};

use super::Rule;
use super::project::{Failure, Numbers, Project, build_all, report, rule};
use super::recipe::list_of_descriptors;
use super::tools::{LITTLE, STOP_FOR_A_WHILE, says_interrupted, the_first_waits_are_interrupted};

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(super) fn step_3() -> Vec<Check> {
    vec![
        check!(step_3_one_recipe_and_its_log).forks(1).prints("hello\n"),
        check!(step_3_no_rules_at_all).forks(0).prints(""),
        check!(step_3_what_a_rule_needs_is_built_before)
            .at_once(1, 1)
            .see("waitpid.md#at-most-k-at-once"),
        check!(step_3_the_first_ready_rule_is_begun_first)
            .forks(4)
            .at_once(1, 1)
            .prints("z\nm\na\nlast\n"),
        check!(step_3_two_run_at_once_and_never_three)
            .if_it_hangs(
                "Two recipes may run at once, and the first two wait for each other. Does your\n\
                 function wait for a child although another recipe could be started?",
            )
            .forks(5)
            .at_once(2, 2)
            .see("waitpid.md#at-most-k-at-once"),
        check!(step_3_a_slow_recipe_holds_up_no_other)
            .if_it_hangs(
                "Two recipes may run at once, and the first ends only after the last has started.\n\
                 Start the next recipe as soon as either of the two has ended.",
            )
            .forks(18)
            .see("waitpid.md#one-child-or-any"),
        check!(step_3_a_rule_waits_for_its_own_needs_only)
            .if_it_hangs(
                "A recipe waits until the recipe of a later rule has started. Everything that\n\
                 the later rule needs has been built, so it is ready, whatever else is running.",
            )
            .forks(3),
        check!(step_3_logs_come_in_one_piece).forks(2).output(whole_logs),
        check!(step_3_logs_larger_than_a_pipe)
            .if_it_hangs(
                "Both recipes print more than a pipe holds. Read the output of all recipes while\n\
                 they run, or let each recipe print into a file, which never fills up.",
            )
            .output(whole_large_logs)
            .see("pipes.md#several-pipes"),
        check!(step_3_a_recipe_has_three_descriptors).prints("").see("exec.md#kept-open"),
        check!(step_3_a_write_may_do_a_part)
            .plant(Call::Write.every().in_parent().short(3))
            .prints("a longer line\n"),
        check!(step_3_a_stop_is_not_an_end).see("waitpid.md#stopped-is-not-ended"),
        check!(step_3_a_child_of_the_caller_is_no_recipe)
            .forks(3)
            .see("waitpid.md#one-child-or-any"),
        check!(step_3_a_signal_interrupts_every_wait).see("waitpid.md#eintr"),
        check!(step_3_a_signal_interrupts_other_calls)
            .plant(Call::Read.odd().in_parent().interrupted())
            .plant(Call::Poll.odd().in_parent().interrupted())
            .see("waitpid.md#eintr"),
        check!(step_3_the_parent_sleeps_while_it_waits)
            .uses_at_most(LITTLE)
            .see("signals.md#as-events"),
        check!(step_3_nine_at_once)
            .if_it_hangs(
                "Nine recipes may run at once, and the first ends only after the last has started.",
            )
            .forks(9)
            .at_once(9, 9),
        check!(step_3_a_limit_that_is_never_reached).forks(2).prints(""),
        check!(step_3_a_second_call_is_like_the_first).forks(2 + 1).prints("1\n2\n1\n"),
        check!(step_3_sixty_rules_and_four_jobs)
            .forks(60)
            .at_once(1, 4)
            .within(Duration::from_secs(10)),
    ]
}

/// All wait for each other: each of eight waits for the one behind it.
fn step_3_nine_at_once() {
    let _project = (0..8).fold(Project::of(&[]), |project, n| project.meeting(&format!("m{n}")));
    let rules: Vec<Rule> = (0..9)
        .map(|n: usize| {
            let open = n.checked_sub(1).map_or(String::new(), |n| format!("echo > m{n}"));
            let wait = if n < 8 { format!("read x < m{n}; ") } else { String::new() };
            rule(&format!("f{n}"), &[], &format!("{wait}{open}"))
        })
        .collect();
    let built = build_all(&rules, 9).map(|report| (report.built.len(), report.failed));
    assert_eq!(built, Ok((9, vec![])), "the number of targets built, and those that failed");
}

/// Any number of recipes may run at once.
fn step_3_a_limit_that_is_never_reached() {
    let built = build_all(&[rule("a", &[], ":"), rule("b", &[], ":")], usize::MAX);
    assert_eq!(built, Ok(report(&["a", "b"], &[], &[])), "two rules, and no limit");
}

fn step_3_one_recipe_and_its_log() {
    let built = build_all(&[rule("a", &[], "echo hello\n")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "one rule, which prints hello");
}

fn step_3_no_rules_at_all() {
    assert_eq!(build_all(&[], 4), Ok(report(&[], &[], &[])), "there is nothing to do");
}

/// `one` is not in the plan: it is there, and up to date.
fn step_3_what_a_rule_needs_is_built_before() {
    let project = Project::of(&[("one", 1)]);
    let rules = [
        rule("two", &["one"], "[ -e one ]; echo 2 > two\n"),
        rule("three", &["two", "one"], "read x < two; echo $x 3 > three\n"),
        rule("four", &["three"], "read x < three; echo $x 4 > four\n"),
    ];
    let built = build_all(&rules, 4);
    assert_eq!(built, Ok(report(&["four", "three", "two"], &[], &[])), "a chain, and four jobs");
    assert_eq!(project.text("four"), "2 3 4\n", "the contents of the last file");
}

/// One job. `a` becomes ready when `z` is built, and stands before `last`.
fn step_3_the_first_ready_rule_is_begun_first() {
    let rules = [
        rule("z", &[], "echo z"),
        rule("m", &[], "echo m"),
        rule("a", &["z"], "echo a"),
        rule("last", &[], "echo last"),
    ];
    let built = build_all(&rules, 1);
    assert_eq!(built, Ok(report(&["a", "last", "m", "z"], &[], &[])), "four rules, one job");
}

/// The first two meet, and stay for 100 ms more. There is no place for a third.
fn step_3_two_run_at_once_and_never_three() {
    let _project = Project::of(&[]).meeting("meeting");
    let rules = [
        rule("a", &[], "echo > meeting; exec sleep 0.1"),
        rule("b", &[], "read x < meeting; exec sleep 0.1"),
        rule("c", &[], ":"),
        rule("d", &[], ":"),
        rule("e", &[], ":"),
    ];
    let built = build_all(&rules, 2);
    assert_eq!(built, Ok(report(&["a", "b", "c", "d", "e"], &[], &[])), "five rules, two jobs");
}

/// All others go through the second place, one after the other.
fn step_3_a_slow_recipe_holds_up_no_other() {
    let _project = Project::of(&[]).meeting("meeting");
    let quick = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];
    let mut rules = vec![rule("slow", &[], "read x < meeting")];
    rules.extend(quick.iter().map(|name| rule(name, &[], ":")));
    rules.push(rule("last", &[], "echo > meeting"));
    let built = build_all(&rules, 2);
    let mut wanted = [&quick[..], &["last", "slow"]].concat();
    wanted.sort_unstable();
    assert_eq!(built, Ok(report(&wanted, &[], &[])), "eighteen rules, two jobs");
}

fn step_3_a_rule_waits_for_its_own_needs_only() {
    let _project = Project::of(&[]).meeting("meeting");
    let rules = [
        rule("slow", &[], "read x < meeting"),
        rule("a", &[], ":"),
        rule("b", &["a"], "echo > meeting"),
    ];
    let built = build_all(&rules, 2);
    assert_eq!(built, Ok(report(&["a", "b", "slow"], &[], &[])), "b needs a; slow needs nothing");
}

/// Each prints a line, waits until the other has done so, and prints a second line.
fn step_3_logs_come_in_one_piece() {
    let _project = Project::of(&[]).meeting("there").meeting("back");
    let rules = [
        rule("a", &[], "echo a1; echo > there; read x < back; echo a2"),
        rule("b", &[], "read x < there; echo b1; echo > back; echo b2 >&2"),
    ];
    let built = build_all(&rules, 2);
    assert_eq!(built, Ok(report(&["a", "b"], &[], &[])), "two rules, two jobs");
}

fn whole_logs(text: &str) -> Result<(), String> {
    match text {
        "a1\na2\nb1\nb2\n" | "b1\nb2\na1\na2\n" => Ok(()),
        _ => Err(
            "Two recipes ran at once, and each printed two lines. Each log must be printed in\n\
                  one piece.\n"
                .to_owned(),
        ),
    }
}

fn step_3_logs_larger_than_a_pipe() {
    let _project = Project::of(&[]).meeting("meeting");
    let rules = [
        rule("a", &[], "head -c 150000 /dev/zero | tr '\\000' a; echo > meeting"),
        rule("b", &[], "head -c 150000 /dev/zero | tr '\\000' b; read x < meeting"),
    ];
    let built = build_all(&rules, 2);
    assert_eq!(built, Ok(report(&["a", "b"], &[], &[])), "two rules, two jobs");
}

fn whole_large_logs(text: &str) -> Result<(), String> {
    let (a, b) = ("a".repeat(150_000), "b".repeat(150_000));
    let (lengths, letters) = (text.len(), text.matches('a').count());
    if text == format!("{a}{b}") || text == format!("{b}{a}") {
        return Ok(());
    }
    Err(format!(
        "One recipe prints 150000 times a, the other 150000 times b, and each log must be printed\n\
         in one piece. Your function printed {lengths} bytes, {letters} of which are an a.\n"
    ))
}

fn step_3_a_recipe_has_three_descriptors() {
    let list = list_of_descriptors();
    let rules = ["a", "b", "c"].map(|name| rule(name, &[], &list));
    assert_eq!(build_all(&rules, 3), Ok(report(&["a", "b", "c"], &[], &[])), "three at once");
}

/// Each write of the parent writes three bytes at most.
fn step_3_a_write_may_do_a_part() {
    let built = build_all(&[rule("a", &[], "echo a longer line")], 1);
    assert_eq!(built, Ok(report(&["a"], &[], &[])), "one rule, which prints a line");
}

/// The shell stops, and a process that it has started lets it go on after 0.1 s.
fn step_3_a_stop_is_not_an_end() {
    let built = build_all(&[rule("a", &[], STOP_FOR_A_WHILE), rule("b", &["a"], ":")], 1);
    assert_eq!(built, Ok(report(&["a", "b"], &[], &[])), "the shell of a stopped and continued");
}

/// One lives as long as the check, and one has ended before.
fn step_3_a_child_of_the_caller_is_no_recipe() {
    let _strangers = [Stranger::alive(), Stranger::zombie()];
    let rules = ["a", "b", "c"].map(|name| rule(name, &[], ":"));
    assert_eq!(build_all(&rules, 2), Ok(report(&["a", "b", "c"], &[], &[])), "three rules");
}

fn step_3_a_signal_interrupts_every_wait() {
    let _interrupted = the_first_waits_are_interrupted();
    interrupted("twenty waits failed with EINTR");
}

fn step_3_a_signal_interrupts_other_calls() {
    interrupted("every other read and poll failed with EINTR");
}

#[track_caller]
fn interrupted(what: &str) {
    let rules = ["a", "b", "c"].map(|name| rule(name, &[], "echo line"));
    let built = build_all(&rules, 2);
    if !says_interrupted(built.as_ref().err().and_then(Failure::os)) {
        assert_eq!(built, Ok(report(&["a", "b", "c"], &[], &[])), "{what}");
    }
}

fn step_3_the_parent_sleeps_while_it_waits() {
    let rules = ["a", "b"].map(|name| rule(name, &[], "exec sleep 0.3"));
    assert_eq!(build_all(&rules, 2), Ok(report(&["a", "b"], &[], &[])), "two rules, after 0.3 s");
}

/// Nothing is left of a call that the next one could stumble over.
fn step_3_a_second_call_is_like_the_first() {
    let rules = [rule("a", &[], "echo 1"), rule("b", &["a"], "echo 2")];
    assert_eq!(build_all(&rules, 2), Ok(report(&["a", "b"], &[], &[])), "two rules");
    assert_eq!(build_all(&rules[..1], 2), Ok(report(&["a"], &[], &[])), "a second call");
}

/// Each needs up to two of those before it, and looks whether they are there.
fn step_3_sixty_rules_and_four_jobs() {
    let project = Project::of(&[]);
    let mut numbers = Numbers(3);
    let mut rules: Vec<Rule> = Vec::new();
    for number in 0..60_usize {
        let name = format!("f{number}");
        let needs: Vec<String> =
            (0..number.min(2)).map(|_| format!("f{}", numbers.below(number))).collect();
        let recipe = format!("for n in {}; do [ -e $n ]; done; : > {name}", needs.join(" "));
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        rules.push(rule(&name, &needs, &recipe));
    }
    let built = build_all(&rules, 4).map(|report| (report.built.len(), report.failed));
    assert_eq!(built, Ok((60, vec![])), "the number of targets built, and those that failed");
    assert!((0..60).all(|number| project.has(&format!("f{number}"))), "a file is missing");
}
